import type { Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { CalendarIcon } from '../icons.tsx';
import { timeZone } from './time-zone.ts';
import { WrittenField } from './written-field.tsx';
import { parseInstant, writeInstant } from './written-time.ts';

interface InstantFieldProps {
  readonly label: string;
  readonly testId: string;
  readonly text: Signal<string>;
  readonly problem: Signal<string | undefined>;
}

/** A time, written in words or picked from the browser's calendar; of the page's zone. */
export function InstantField({ label, testId, text, problem }: InstantFieldProps) {
  const calendar = useRef<HTMLInputElement>(null);
  const zone = timeZone.value;
  const timeMs = parseInstant(text.value, Date.now(), zone);
  return (
    <WrittenField
      label={label}
      testId={testId}
      placeholder="2026-01-31 12:00, now-2h"
      text={text}
      problem={problem}
    >
      <button
        type="button"
        class="icon-button written-calendar"
        aria-label={`Pick from a calendar: ${label}`}
        title="Pick from a calendar"
        onClick={() => calendar.current?.showPicker()}
      >
        <CalendarIcon />
      </button>
      <input
        ref={calendar}
        class="calendar-anchor"
        type="datetime-local"
        data-testid={`${testId}-calendar`}
        step={1}
        tabIndex={-1}
        aria-hidden="true"
        value={timeMs === undefined ? '' : writeInstant(timeMs, zone).replace(' ', 'T')}
        onInput={(event) => {
          const picked = event.currentTarget.value.replace('T', ' ');
          if (picked === '') return;
          text.value = picked;
          problem.value = undefined;
        }}
      />
    </WrittenField>
  );
}
