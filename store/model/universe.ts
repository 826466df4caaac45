import { type Field, type FieldType, partitionOfSeries } from '@overseer/shared';
import type { Random } from '../promql/testing/random.ts';
import type { Point } from '../testing/test-ingress.ts';

const DATABASES = ['alpha', 'Ünï "b"'] as const;
const MEASUREMENTS = ['cpu', 'select', `it's 100 % "m"`] as const;
const TYPES: readonly FieldType[] = ['float', 'integer', 'unsigned', 'boolean', 'string'];
const FIELDS_MAX = 12;
const FIELDS_FIRST = 5;
/** Another field appears after so many operations. */
const OPERATIONS_PER_FIELD = 6;
const SERIES_MAX = 24;

/** Whose points they are: a point without fields and time. */
export type Place = Pick<Point, 'database' | 'measurement' | 'tags'>;

/** A measurement of a story, and what is written to it. */
export interface Measurement {
  readonly database: string;
  readonly name: string;
  /** In the order in which they appear. The first five have the five types. */
  readonly fields: readonly Field[];
  /** Operation from which on its times are finer than a microsecond. */
  readonly fineFrom: number;
  /** Whether it gets times at the ends of what there is. */
  readonly extremes: boolean;
  readonly places: readonly Place[];
  /** Series that no batch ever announces. */
  readonly ghosts: readonly Place[];
  /** Series whose id another key has taken before. */
  readonly collided: readonly Place[];
}

/** Everything that a story writes to, by its seed. */
export function drawUniverse(random: Random): Measurement[] {
  return DATABASES.flatMap((database) =>
    MEASUREMENTS.map((name): Measurement => {
      const place = (tags: Place['tags']): Place => ({ database, measurement: name, tags });
      const hosts = 1 + random.integer(SERIES_MAX);
      return {
        database,
        name,
        fields: drawFields(random),
        fineFrom: random.pick([0, 20, Number.POSITIVE_INFINITY]),
        extremes: random.once(4),
        places: [
          place({}),
          ...Array.from({ length: hosts }, (_, i) =>
            place(i % 2 === 0 ? { host: `h${i}` } : { host: `h${i}`, 'a "b"': 'ü,= ', Z: '1' }),
          ),
        ],
        ghosts: [place({ ghost: '1' }), place({ ghost: '2' })],
        collided: [place({ collided: '1' }), place({ collided: '2' })],
      };
    }),
  );
}

function drawFields(random: Random): Field[] {
  return Array.from({ length: FIELDS_MAX }, (_, i) => {
    const type = i < TYPES.length ? (TYPES[i] as FieldType) : pickOf(random, TYPES);
    return { name: i === 1 ? 'time' : `f ${i}`, type };
  });
}

/** How many of a measurement's fields there are at an operation. */
export function fieldsAt(operation: number): number {
  return Math.min(FIELDS_MAX, FIELDS_FIRST + Math.floor(operation / OPERATIONS_PER_FIELD));
}

/** The id of a place's series. */
export type IdOf = (place: Place) => bigint;

/** Those of the places that belong to a partition. */
export function inPartition(
  places: readonly Place[],
  idOf: IdOf,
  partition: number,
  partitions: number,
): Place[] {
  return places.filter((place) => partitionOfSeries(idOf(place), partitions) === partition);
}

/** One of some, of which there is at least one. */
export function pickOf<T>(random: Random, choices: readonly T[]): T {
  const chosen = choices[random.integer(choices.length)];
  if (chosen === undefined) throw new Error('there is nothing to choose from');
  return chosen;
}
