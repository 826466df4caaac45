import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useId, useMemo } from 'preact/hooks';
import type { Session } from '../session.ts';
import {
  BROWSER_TIME_ZONE,
  offsetWords,
  parseTimeZone,
  timeZone,
  timeZones,
  UTC,
} from './time-zone.ts';
import { WrittenField } from './written-field.tsx';

/** The zone that all times are told in: the browser's, UTC, or any other, found by its name. */
export function ZoneField({ session }: { readonly session: Session }) {
  const list = useId();
  const names = useMemo(timeZones, []);
  const text = useSignal(timeZone.peek());
  const problem = useSignal<string | undefined>(undefined);
  useSignalEffect(() => {
    text.value = timeZone.value;
  });
  const offset = useComputed(() => offsetWords(session.clock.nowMs.value, timeZone.value));
  const choose = (name: string) => {
    const known = parseTimeZone(name.trim().replaceAll(' ', '_'));
    if (known === undefined) problem.value = 'Write a zone such as Europe/Berlin or UTC.';
    else session.zone.choose(known);
  };
  return (
    <form
      class="range-form zone-form"
      onSubmit={(event) => {
        event.preventDefault();
        choose(text.peek());
      }}
    >
      <WrittenField
        label={`Time zone (${offset.value})`}
        testId="zone"
        placeholder="Europe/Berlin"
        text={text}
        problem={problem}
        list={list}
        onLeave={() => choose(text.peek())}
      />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div class="zone-choices">
        {[...new Set([BROWSER_TIME_ZONE, UTC])].map((zone) => (
          <button
            key={zone}
            type="button"
            data-testid={`zone:${zone === UTC ? 'utc' : 'browser'}`}
            aria-pressed={timeZone.value === zone}
            onClick={() => session.zone.choose(zone)}
          >
            {zone === UTC ? 'UTC' : 'This browser’s'}
          </button>
        ))}
      </div>
    </form>
  );
}
