import {
  type FixedFrame,
  isRangeLength,
  type RollingFrame,
  rolling,
} from '../../model/time-frame.ts';
import { parseInstant, parseLength } from './written-time.ts';

/** A frame, or what is wrong with how it was written. */
export type Written<Frame> = { readonly frame: Frame } | { readonly problem: string };

/** The longest time without an end of its own: more would need steps longer than a selector looks back. */
const FIXED_MAX_MS = 60 * 86_400_000;

/** "45m", "3d": the last so long. */
export function readRolling(text: string): Written<RollingFrame> {
  const lengthMs = parseLength(text);
  if (lengthMs === undefined) return { problem: 'Write a length such as 45m, 1h30m or 3d.' };
  if (!isRangeLength(lengthMs)) return { problem: 'From 10 seconds to 30 days.' };
  return { frame: rolling(lengthMs) };
}

/** Where a fixed frame begins and ends, each with what is wrong with it. */
export interface WrittenInterval {
  readonly frame?: FixedFrame;
  readonly fromProblem?: string;
  readonly toProblem?: string;
}

/** @param nowMs and zone as in `parseInstant` */
export function readFixed(from: string, to: string, nowMs: number, zone: string): WrittenInterval {
  const fromMs = parseInstant(from, nowMs, zone);
  const toMs = parseInstant(to, nowMs, zone);
  if (fromMs === undefined || toMs === undefined) {
    const problem = 'Write a time such as 2026-01-31 12:00, 14:30, yesterday or now-2h.';
    return {
      ...(fromMs === undefined && { fromProblem: problem }),
      ...(toMs === undefined && { toProblem: problem }),
    };
  }
  const whole = (timeMs: number) => Math.floor(timeMs / 1000) * 1000;
  const frame = { kind: 'fixed', fromMs: whole(fromMs), toMs: whole(toMs) } as const;
  if (frame.toMs <= frame.fromMs) return { toProblem: 'The end must be later than the start.' };
  if (frame.toMs - frame.fromMs > FIXED_MAX_MS) return { toProblem: 'At most 60 days at once.' };
  return { frame };
}
