import { lengthOf, rangeWords, type TimeFrame } from '../../model/time-frame.ts';
import { formatSpan } from '../format.ts';
import { PauseIcon } from '../icons.tsx';
import type { Session } from '../session.ts';
import { BROWSER_TIME_ZONE, timeZone } from './time-zone.ts';

/** Of what is shown. */
const PAN_SHARE = 0.5;

/** The way from the frame that was chosen into the part of it that is shown, each step leading back; and the ways to either side. */
export function TimeTrail({ session }: { readonly session: Session }) {
  const { time, clock } = session;
  const frames = [time.frame.value, ...time.zooms.value];
  return (
    <nav class="time-trail" aria-label="Time shown" data-testid="time-trail">
      <button
        type="button"
        class="time-pan"
        data-testid="pan-back"
        aria-label="Earlier"
        title="Earlier"
        onClick={() => time.pan(-PAN_SHARE)}
      >
        ‹
      </button>
      <ol>
        {frames.map((frame, depth) => (
          <li key={depth}>
            <button
              type="button"
              data-testid={`zoom:${depth}`}
              aria-current={depth === frames.length - 1 ? 'true' : undefined}
              title={depth < frames.length - 1 ? 'Back to this' : undefined}
              onClick={() => time.zoomOut(depth)}
            >
              {frameWords(frame, clock.nowMs.value)}
            </button>
          </li>
        ))}
      </ol>
      <button
        type="button"
        class="time-pan"
        data-testid="pan-on"
        aria-label="Later"
        title="Later"
        onClick={() => time.pan(PAN_SHARE)}
      >
        ›
      </button>
      <div class="time-trail-end">
        {timeZone.value !== BROWSER_TIME_ZONE && (
          <span data-testid="time-zone" title="The zone that times are told in">
            {timeZone.value}
          </span>
        )}
        {time.shown.value.kind === 'rolling' && <PauseButton session={session} />}
      </div>
    </nav>
  );
}

/** Of all that is live. */
function PauseButton({ session }: { readonly session: Session }) {
  const isPaused = session.isPaused.value;
  return (
    <button
      type="button"
      class="time-pause"
      data-testid="pause"
      aria-pressed={isPaused}
      title={isPaused ? 'Go on (p)' : 'Let the picture stand still (p)'}
      onClick={() => session.togglePause()}
    >
      <PauseIcon isPaused={isPaused} />
      {isPaused ? 'go on' : 'pause'}
    </button>
  );
}

function frameWords(frame: TimeFrame, nowMs: number): string {
  if (frame.kind === 'rolling') return `last ${rangeWords(lengthOf(frame))}`;
  return formatSpan(frame.fromMs, frame.toMs, nowMs);
}
