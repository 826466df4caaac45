import type { Field, FieldType } from '@overseer/shared';
import type { Random } from '../promql/testing/random.ts';
import { type Point, string, type Value } from '../testing/test-ingress.ts';
import { drawTime } from './times.ts';
import {
  fieldsAt,
  type IdOf,
  inPartition,
  type Measurement,
  type Place,
  pickOf,
} from './universe.ts';
import { drawValue } from './values.ts';

/** What the store must do with a block: store it, or make it a dead letter of this kind. */
export type Fate = 'stored' | 'type' | 'postgres' | 'series' | 'collision';

/** Points of one measurement with the same fields. */
export interface DrawnBlock {
  readonly points: readonly Point[];
  readonly fate: Fate;
  /** Whether the block announces its series: when ingress would, always, not at all, or under ids that are not theirs. */
  readonly announcing: 'as needed' | 'always' | 'never' | 'forged';
  /** Whether numbers are packed where they can be. */
  readonly packed: boolean;
}

export interface DrawnMessage {
  readonly partition: number;
  readonly blocks: readonly DrawnBlock[];
}

const BLOCKS_MAX = 4;
const ROWS_FEW_MAX = 6;
const ROWS_MANY_MAX = 800;
/** One block in so many can't be stored. */
const POISON_ONCE_IN = 12;
const POISONED_ROWS_MAX = 3;
const POISONS = ['type', 'postgres', 'unannounced', 'forged', 'collision'] as const;
/** PostgreSQL refuses it in a text. */
const NUL = '\0';

export interface DrawnFrom {
  readonly universe: readonly Measurement[];
  readonly idOf: IdOf;
  readonly partitions: number;
}

/** What one operation writes: a function of its random numbers alone, so that others may be left out without changing it. */
export class Drawing {
  #row = 0;

  constructor(
    readonly random: Random,
    readonly operation: number,
    private readonly from: DrawnFrom,
  ) {}

  /**
   * Points of the first fields of every measurement: they fix the types that others must conflict with.
   * @param of of which measurements; without a database, all
   */
  founding(of: { db?: string; measurement?: string | undefined } = {}): DrawnMessage[] {
    const { partitions, idOf } = this.from;
    const universe = this.from.universe.filter(
      ({ database, name }) => (of.db ?? database) === database && (of.measurement ?? name) === name,
    );
    return Array.from({ length: partitions }, (_, partition) => ({
      partition,
      blocks: universe.flatMap((measurement) =>
        inPartition(measurement.places, idOf, partition, partitions)
          .slice(0, 1)
          .map((place) => {
            const types = new Map(measurement.fields.slice(0, fieldsAt(0)).map(typeOf));
            return this.#sound(measurement, [place], 1, types);
          }),
      ),
    })).filter(({ blocks }) => blocks.length > 0);
  }

  /** Messages of a few blocks, some of which can't be stored. */
  messages(count: number): DrawnMessage[] {
    return this.#messages(count, (partition) => this.#block(partition));
  }

  /** Messages that can be stored, all of them. */
  soundMessages(count: number): DrawnMessage[] {
    return this.#messages(count, (partition) => this.#soundBlock(partition));
  }

  #messages(count: number, draw: (partition: number) => DrawnBlock | undefined): DrawnMessage[] {
    return Array.from({ length: count }, () => this.#message(draw)).filter(
      ({ blocks }) => blocks.length > 0,
    );
  }

  #message(draw: (partition: number) => DrawnBlock | undefined): DrawnMessage {
    const partition = this.random.integer(this.from.partitions);
    const count = 1 + this.random.integer(BLOCKS_MAX);
    const blocks = Array.from({ length: count }, () => draw(partition));
    return { partition, blocks: blocks.filter((block) => block !== undefined) };
  }

  #block(partition: number): DrawnBlock | undefined {
    if (!this.random.once(POISON_ONCE_IN)) return this.#soundBlock(partition);
    const { universe, idOf, partitions } = this.from;
    return this.#poisoned(pickOf(this.random, universe), (places) =>
      inPartition(places, idOf, partition, partitions),
    );
  }

  #soundBlock(partition: number): DrawnBlock | undefined {
    const { random } = this;
    const measurement = pickOf(random, this.from.universe);
    const { idOf, partitions } = this.from;
    const places = inPartition(measurement.places, idOf, partition, partitions);
    if (places.length === 0) return undefined;
    const rowsMax = random.once(12) ? ROWS_MANY_MAX : ROWS_FEW_MAX;
    const rows = 1 + random.integer(rowsMax);
    const available = measurement.fields.slice(0, fieldsAt(this.operation));
    const wanted = available.filter(() => random.once(2)).slice(0, 1 + random.integer(4));
    const fields = wanted.length > 0 ? wanted : available.slice(0, 1);
    return this.#sound(measurement, places, rows, new Map(fields.map(typeOf)));
  }

  #sound(
    measurement: Measurement,
    places: readonly Place[],
    rows: number,
    types: ReadonlyMap<string, FieldType>,
  ): DrawnBlock {
    const announcing = this.random.once(5) ? 'always' : 'as needed';
    const points = this.#points(measurement, places, rows, types);
    return { points, fate: 'stored', announcing, packed: this.random.once(2) };
  }

  /** Of few rows, all of which are bad: which of them are copied and which merged is not told by the messages alone. */
  #poisoned(
    measurement: Measurement,
    own: (places: readonly Place[]) => Place[],
  ): DrawnBlock | undefined {
    const poison = this.random.pick(POISONS);
    const rows = 1 + this.random.integer(POISONED_ROWS_MAX);
    const places = own(placesFor(poison, measurement));
    if (places.length === 0) return undefined;
    const [float, integer] = measurement.fields;
    const types = new Map<string, FieldType>();
    // Fixed as float and integer by the founding.
    if (float) types.set(float.name, poison === 'type' ? 'string' : 'float');
    if (integer) types.set(integer.name, 'integer');
    const text = measurement.fields.find(({ type }) => type === 'string');
    if (text) types.set(text.name, 'string');
    const points = this.#points(measurement, places, rows, types);
    const packed = this.random.once(2);
    switch (poison) {
      case 'unannounced':
        return { points, fate: 'series', announcing: 'never', packed };
      case 'forged':
        return { points, fate: 'series', announcing: 'forged', packed };
      case 'collision':
        return { points, fate: 'collision', announcing: 'always', packed };
      case 'type':
        return { points, fate: 'type', announcing: 'as needed', packed };
      case 'postgres':
        return {
          points: points.map((point) => withField(point, text?.name ?? '', string(`a${NUL}b`))),
          fate: 'postgres',
          announcing: 'as needed',
          packed,
        };
    }
  }

  #points(
    measurement: Measurement,
    places: readonly Place[],
    rows: number,
    types: ReadonlyMap<string, FieldType>,
  ): Point[] {
    const { random, operation } = this;
    const { extremes, fineFrom } = measurement;
    return Array.from({ length: rows }, () => {
      const fine = operation >= fineFrom;
      return {
        ...pickOf(random, places),
        fields: Object.fromEntries(
          [...types].map(([name, type]) => [name, drawValue(random, type)]),
        ),
        timeNs: drawTime(random, { operation, row: this.#row++, fine, extremes }),
      };
    });
  }
}

function placesFor(poison: (typeof POISONS)[number], measurement: Measurement): readonly Place[] {
  if (poison === 'collision') return measurement.collided;
  return poison === 'unannounced' || poison === 'forged' ? measurement.ghosts : measurement.places;
}

const typeOf = ({ name, type }: Field) => [name, type] as const;

const withField = (point: Point, name: string, value: Value): Point => ({
  ...point,
  fields: { ...point.fields, [name]: value },
});
