/** Values of binary COPY as exact text. Each is at `at` of the view, behind its length. */
import { NS_PER_S } from '../../partitions/time-range.ts';

const TWO_TO_32 = 2 ** 32;
/** High halves beyond these make integers that a double does not hold exactly. */
const HIGH_EXACT_MAX = 2 ** 21;
const DIGITS_PER_GROUP = 4;
const NUMERIC_HEADER_BYTES = 8;

/** The shortest text that reads back as the same number. */
export function floatText(view: DataView, at: number): string {
  const value = view.getFloat64(at);
  return Object.is(value, -0) ? '-0' : String(value);
}

export function integerText(view: DataView, at: number): string {
  const high = view.getInt32(at);
  return -HIGH_EXACT_MAX <= high && high < HIGH_EXACT_MAX
    ? String(high * TWO_TO_32 + view.getUint32(at + 4))
    : String(view.getBigInt64(at));
}

/**
 * A whole number of at least 0 from PostgreSQL's numeric, whose groups of four decimal digits are without the zeros at its end:
 *
 *     0  int16 number of groups    2  int16 weight of the first, in groups
 *     4  int16 sign                6  int16 digits behind the point         8  int16 groups, the most significant first
 */
export function unsignedText(view: DataView, at: number): string {
  const groups = view.getInt16(at);
  if (groups === 0) return '0';
  const groupsWhole = view.getInt16(at + 2) + 1;
  let text = '';
  for (let group = 0; group < groups; group++) {
    const digits = String(view.getInt16(at + NUMERIC_HEADER_BYTES + 2 * group));
    text += group === 0 ? digits : digits.padStart(DIGITS_PER_GROUP, '0');
  }
  return text + '0'.repeat(DIGITS_PER_GROUP * (groupsWhole - groups));
}

/** A point in time: whole seconds since 1970, rounded down, and nanoseconds from there. */
export interface Instant {
  seconds: number;
  nanoseconds: number;
}

/** Microseconds since 2000, and nanoseconds below them. @param instant gets the result: one for each row would be too many */
export function readInstant(view: DataView, at: number, ns: number, instant: Instant): void {
  const high = view.getInt32(at);
  if (-HIGH_EXACT_MAX <= high && high < HIGH_EXACT_MAX) {
    const time = high * TWO_TO_32 + view.getUint32(at + 4);
    const remainder = time % MICROSECONDS;
    const microseconds = remainder < 0 ? remainder + MICROSECONDS : remainder;
    instant.seconds = (time - microseconds) / MICROSECONDS + EPOCH_S;
    instant.nanoseconds = microseconds * 1000 + ns;
    return;
  }
  const time = view.getBigInt64(at);
  const microseconds = ((time % 1_000_000n) + 1_000_000n) % 1_000_000n;
  instant.seconds = Number((time - microseconds) / 1_000_000n) + EPOCH_S;
  instant.nanoseconds = Number(microseconds) * 1000 + ns;
}

const MICROSECONDS = 1_000_000;
/** From PostgreSQL's epoch, 2000, to 1970. */
const EPOCH_S = 946_684_800;

/** Nanoseconds since 1970. */
export function nanosecondsText({ seconds, nanoseconds }: Instant): string {
  if (seconds > 0) return String(seconds) + String(nanoseconds).padStart(9, '0');
  return String(BigInt(seconds) * NS_PER_S + BigInt(nanoseconds));
}

/** Makes RFC 3339 of instants, in UTC, with as many digits as each needs: none, 3, 6 or 9. Remembers the last second: most rows share it. */
export class InstantFormat {
  #seconds = Number.NaN;
  #text = '';

  format({ seconds, nanoseconds }: Instant): string {
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      this.#text = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length);
    }
    if (nanoseconds === 0) return `${this.#text}Z`;
    const digits = String(nanoseconds).padStart(9, '0');
    return `${this.#text}.${digits.replace(/(?:000){1,2}$/, '')}Z`;
  }
}
