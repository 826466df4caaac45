import type { Random } from '../random.ts';
import type { TestField } from '../sample-data.ts';

/** One value of a point, as a field of a line. */
interface Written {
  readonly series: string;
  readonly time: number;
  readonly pair: string;
}

/** Of the samples, one in so many comes late; of the others, one in so many is wrong at first. */
const LATE_ONCE_IN = 6;
const REWRITTEN_ONCE_IN = 8;

/**
 * The fields in line protocol, with times of nanoseconds, in two rounds: what the first leaves out or has wrong, comes with the second. In the
 * first round fields of a point share a line, in the second each has its own.
 */
export function writtenRounds(
  fields: readonly TestField[],
  random: Random,
): readonly [string[], string[]] {
  const [first, second]: [Written[], Written[]] = [[], []];
  for (const field of fields) {
    const tags = Object.entries(field.tags).map(
      ([key, value]) => `,${escaped(key)}=${escaped(value)}`,
    );
    const series = `${field.measurement}${tags.join('')}`;
    for (const [i, time] of field.times.entries()) {
      const value = field.values[i] as number;
      const written = { series, time, pair: pairOf(field, value, random) };
      if (random.once(LATE_ONCE_IN)) {
        second.push(written);
      } else if (random.once(REWRITTEN_ONCE_IN)) {
        first.push({ ...written, pair: pairOf(field, Number(value === 0), random) });
        second.push(written);
      } else {
        first.push(written);
      }
    }
  }
  return [joined(first), inAnyOrder(second, random).map(lineOf)];
}

/** Fields of the same point in one line. */
function joined(all: readonly Written[]): string[] {
  const points = Map.groupBy(all, ({ series, time }) => `${series} ${time}`);
  return [...points.values()].map((fields) => {
    const pair = fields.map((field) => field.pair).join(',');
    return lineOf({ ...(fields[0] as Written), pair });
  });
}

const lineOf = ({ series, pair, time }: Written) => `${series} ${pair} ${time}000000`;

function pairOf({ field, type }: TestField, value: number, random: Random): string {
  return `${field}=${valueText(type, value, random)}`;
}

function valueText(type: TestField['type'], value: number, random: Random): string {
  switch (type) {
    case 'integer':
      return `${value}i`;
    case 'unsigned':
      return `${value}u`;
    case 'boolean':
      return value === 1 ? random.pick(['t', 'T', 'true', 'True']) : random.pick(['f', 'false']);
    default:
      return `${value}`;
  }
}

/** Of tags: what would end them. */
const escaped = (text: string) => text.replace(/[ ,=]/g, '\\$&');

function inAnyOrder<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
