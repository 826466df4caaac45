import { signal } from '@preact/signals';

/** The zone that this browser is set to, as an IANA name. */
export const BROWSER_TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const UTC = 'UTC';

/** The zone that every time on the page is told in, an IANA name: whatever formats a time within a component follows it. */
export const timeZone = signal(BROWSER_TIME_ZONE);

/** Makes of a zone what is kept for it: `Intl` takes long to build, and there are many times to tell. */
export function perZone<T>(make: (zone: string) => T): (zone: string) => T {
  const made = new Map<string, T>();
  return (zone) => {
    const known = made.get(zone);
    if (known !== undefined) return known;
    const fresh = make(zone);
    made.set(zone, fresh);
    return fresh;
  };
}

/** The name with its letters in the case that they have; undefined when there is no such zone. */
export function parseTimeZone(name: string): string | undefined {
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return undefined;
  try {
    const { timeZone: known } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    // Zones have older names, too, which `Intl` may prefer: people keep theirs.
    return known.toLowerCase() === name.toLowerCase() ? known : name;
  } catch {
    // That is how `Intl` says so.
    return undefined;
  }
}

/** Every zone that there is to choose, UTC and the browser's first. */
export function timeZones(): string[] {
  return [...new Set([BROWSER_TIME_ZONE, UTC, ...Intl.supportedValuesOf('timeZone')])];
}

const wallFields = perZone(
  (zone) =>
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }),
);

/** What a clock on the wall shows there at that time, as if it were UTC: milliseconds, whole seconds. */
export function wallTimeOf(timeMs: number, zone: string): number {
  const fields = wallFields(zone).formatToParts(timeMs);
  const read = (type: Intl.DateTimeFormatPartTypes) =>
    Number(fields.find((part) => part.type === type)?.value ?? 0);
  const [year, month, day] = [read('year'), read('month'), read('day')];
  return Date.UTC(year, month - 1, day, read('hour'), read('minute'), read('second'));
}

/** How far the clocks there are ahead of UTC at that time. */
export function zoneOffsetMs(timeMs: number, zone: string): number {
  const wholeMs = Math.floor(timeMs / 1000) * 1000;
  return wallTimeOf(wholeMs, zone) - wholeMs;
}

/**
 * When a clock there shows that.
 * @param wallMs as `wallTimeOf` gives it
 * @returns of a time that the clock shows twice, the first; of one that it skips, the time after that is as far on
 */
export function instantOf(wallMs: number, zone: string): number {
  // Offsets change at most once within a day around it.
  const dayMs = 86_400_000;
  const before = wallMs - zoneOffsetMs(wallMs - dayMs, zone);
  if (wallTimeOf(before, zone) === wallMs) return before;
  const after = wallMs - zoneOffsetMs(wallMs + dayMs, zone);
  return wallTimeOf(after, zone) === wallMs ? after : before;
}

/** A date whose own fields (`getHours` and so on) are those of a clock there: what uPlot places its ticks by. */
export function wallDate(timeMs: number, zone: string): Date {
  if (zone === BROWSER_TIME_ZONE) return new Date(timeMs);
  const wall = new Date(timeMs + zoneOffsetMs(timeMs, zone));
  return new Date(wall.getTime() + wall.getTimezoneOffset() * 60_000);
}

/** "UTC+2", "UTC−3:30": how people tell zones apart. */
export function offsetWords(timeMs: number, zone: string): string {
  const minutes = Math.round(zoneOffsetMs(timeMs, zone) / 60_000);
  if (minutes === 0) return 'UTC';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const tail = rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`;
  return `UTC${minutes < 0 ? '−' : '+'}${hours}${tail}`;
}
