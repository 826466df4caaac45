import {
  type FixedFrame,
  lengthOf,
  presetReaching,
  rangeWords,
  type TimeFrame,
} from '../../model/time-frame.ts';

/** Where there is something to be seen, when there is nothing in a frame. */
export interface OutsideHint {
  /** For people; empty: there is nothing to say. */
  readonly words: string;
  readonly frame: TimeFrame;
  /** Of what leads there. */
  readonly action: string;
}

/**
 * Where to look instead of a frame without data.
 * @param newestMs when the newest sample was taken; undefined: nobody knows
 * @returns undefined when nothing is known to be anywhere else
 */
export function outsideHint(
  frame: TimeFrame,
  newestMs: number | undefined,
  nowMs: number,
): OutsideHint | undefined {
  if (newestMs === undefined) return undefined;
  if (frame.kind === 'fixed') return beside(frame, newestMs, nowMs);
  const ageMs = nowMs - newestMs;
  if (ageMs < frame.rangeMs) return undefined;
  const reaching = presetReaching(ageMs);
  return reaching ? showLast(reaching.rangeMs, '') : before(frame.rangeMs, newestMs);
}

function beside(frame: FixedFrame, newestMs: number, nowMs: number): OutsideHint | undefined {
  if (newestMs < frame.fromMs) return before(lengthOf(frame), newestMs);
  if (newestMs <= frame.toMs) return undefined;
  const reaching = presetReaching(nowMs - newestMs);
  const words = 'There are newer samples, after this time.';
  return reaching
    ? showLast(reaching.rangeMs, words)
    : { ...before(lengthOf(frame), newestMs), words };
}

/** So long a stretch with the newest sample at its end. */
function before(lengthMs: number, newestMs: number): OutsideHint {
  const toMs = Math.ceil((newestMs + 1) / 1000) * 1000;
  return {
    words: 'The newest sample is from before this time.',
    frame: { kind: 'fixed', fromMs: toMs - lengthMs, toMs },
    action: 'Show the time up to the newest sample',
  };
}

function showLast(rangeMs: number, words: string): OutsideHint {
  const action = `Show the last ${rangeWords(rangeMs)}`;
  return { words, frame: { kind: 'rolling', rangeMs }, action };
}
