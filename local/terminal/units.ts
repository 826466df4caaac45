/** Numbers as people read them. */

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Such as `512 B` or `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** With a space between thousands. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** Such as `1 point` or `2 000 points`. */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${Math.round(count) === 1 ? '' : 's'}`;
}

const DURATION_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** The two largest units, such as `2m 5s`; shorter than a second in milliseconds. */
export function formatDurationMs(durationMs: number): string {
  const whole =
    Math.round(durationMs < 1000 ? durationMs : durationMs / 1000) * (durationMs < 1000 ? 1 : 1000);
  const first = DURATION_UNITS.findIndex(([, unitMs]) => whole >= unitMs);
  if (first < 0) return '0s';
  let rest = whole;
  const words: string[] = [];
  for (const [unit, unitMs] of DURATION_UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) words.push(`${count}${unit}`);
  }
  return words.join(' ');
}

/** RFC 3339 in UTC with the digits that it needs. @param timeNs since 1970 */
export function formatTimeNs(timeNs: bigint): string {
  const ns = ((timeNs % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const iso = new Date(Number((timeNs - ns) / 1_000_000n)).toISOString();
  const digits = `${iso.slice(20, 23)}${String(ns).padStart(6, '0')}`.replace(/(?:000){1,3}$/, '');
  return `${iso.slice(0, 19)}${digits && `.${digits}`}Z`;
}

/** How long points are kept: milliseconds, or null for ever. */
export function formatRetention(keptMs: number | null): string {
  return keptMs === null ? 'for ever' : formatDurationMs(keptMs);
}
