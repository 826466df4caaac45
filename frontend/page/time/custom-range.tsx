import { type Signal, useSignal } from '@preact/signals';
import { formatFrame, type TimeFrame } from '../../model/time-frame.ts';
import { formatSpan } from '../format.ts';
import { Popover } from '../popover.tsx';
import type { Session } from '../session.ts';
import { readFixed, readRolling } from './custom-frame.ts';
import { InstantField } from './instant-field.tsx';
import { timeZone } from './time-zone.ts';
import { WrittenField } from './written-field.tsx';
import { writeInstant } from './written-time.ts';
import { ZoneField } from './zone-field.tsx';

interface CustomRangeProps {
  readonly session: Session;
  readonly isOpen: Signal<boolean>;
}

/** Any range: a length, or from when to when; in which zone; and those that were written lately. */
export function CustomRange({ session, isOpen }: CustomRangeProps) {
  const show = (frame: TimeFrame) => {
    session.time.show(frame);
    session.recentFrames.add(frame);
    isOpen.value = false;
  };
  return (
    <Popover isOpen={isOpen} label="Range and time zone" testId="range-dialog">
      <RollingForm frame={session.time.frame.value} onShow={show} />
      <FixedForm key={timeZone.value} session={session} onShow={show} />
      <ZoneField session={session} />
      <Recent session={session} onShow={show} />
    </Popover>
  );
}

interface FormProps {
  readonly onShow: (frame: TimeFrame) => void;
}

function RollingForm({ frame, onShow }: FormProps & { readonly frame: TimeFrame }) {
  const text = useSignal(frame.kind === 'rolling' ? formatFrame(frame) : '');
  const problem = useSignal<string | undefined>(undefined);
  return (
    <form
      class="range-form range-line"
      onSubmit={(event) => {
        event.preventDefault();
        const written = readRolling(text.value);
        if ('frame' in written) onShow(written.frame);
        else problem.value = written.problem;
      }}
    >
      <WrittenField
        label="The last"
        testId="range-length"
        placeholder="45m, 1h30m, 3d"
        text={text}
        problem={problem}
      />
      <button type="submit" class="range-show" data-testid="show-length">
        Show
      </button>
    </form>
  );
}

function FixedForm({ session, onShow }: FormProps & { readonly session: Session }) {
  const zone = timeZone.peek();
  const { fromMs, toMs } = session.time.bounds(session.clock.nowMs.peek());
  const from = useSignal(writeInstant(fromMs, zone));
  const to = useSignal(writeInstant(toMs, zone));
  const fromProblem = useSignal<string | undefined>(undefined);
  const toProblem = useSignal<string | undefined>(undefined);
  const submit = (event: Event) => {
    event.preventDefault();
    const written = readFixed(from.value, to.value, session.clock.nowMs.peek(), zone);
    fromProblem.value = written.fromProblem;
    toProblem.value = written.toProblem;
    if (written.frame) onShow(written.frame);
  };
  return (
    <form class="range-form" onSubmit={submit}>
      <InstantField label="From" testId="range-from" text={from} problem={fromProblem} />
      <InstantField label="To" testId="range-to" text={to} problem={toProblem} />
      <button type="submit" class="range-show" data-testid="show-interval">
        Show
      </button>
    </form>
  );
}

function Recent({ session, onShow }: FormProps & { readonly session: Session }) {
  const frames = session.recentFrames.frames.value;
  if (frames.length === 0) return null;
  const nowMs = session.clock.nowMs.peek();
  return (
    <section class="range-recent" aria-label="Recently used">
      <h3>Recently used</h3>
      <ul>
        {frames.map((frame) => (
          <li key={formatFrame(frame)}>
            <button type="button" onClick={() => onShow(frame)}>
              {frame.kind === 'rolling'
                ? `last ${formatFrame(frame)}`
                : formatSpan(frame.fromMs, frame.toMs, nowMs)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
