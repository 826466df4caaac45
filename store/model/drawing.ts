import type { FieldType } from '@overseer/shared';
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

  /** Points of the first fields of every measurement: they fix the types that others must conflict with. */
  founding(): DrawnMessage[] {
    const { universe, partitions, idOf } = this.from;
    return Array.from({ length: partitions }, (_, partition) => ({
      partition,
      blocks: universe.flatMap((measurement) =>
        inPartition(measurement.places, idOf, partition, partitions)
          .slice(0, 1)
          .map((place) => this.#sound(measurement, [place], 1, fieldsAt(0))),
      ),
    })).filter(({ blocks }) => blocks.length > 0);
  }

  messages(count: number): DrawnMessage[] {
    return Array.from({ length: count }, () => this.#message()).filter(
      ({ blocks }) => blocks.length > 0,
    );
  }

  #message(): DrawnMessage {
    const partition = this.random.integer(this.from.partitions);
    const count = 1 + this.random.integer(BLOCKS_MAX);
    const blocks = Array.from({ length: count }, () => this.#block(partition));
    return { partition, blocks: blocks.filter((block) => block !== undefined) };
  }

  #block(partition: number): DrawnBlock | undefined {
    const { random } = this;
    const measurement = pickOf(random, this.from.universe);
    const own = (places: readonly Place[]) =>
      inPartition(places, this.from.idOf, partition, this.from.partitions);
    if (random.once(POISON_ONCE_IN)) return this.#poisoned(measurement, own);
    const places = own(measurement.places);
    if (places.length === 0) return undefined;
    const rowsMax = random.once(12) ? ROWS_MANY_MAX : ROWS_FEW_MAX;
    const available = fieldsAt(this.operation);
    return this.#sound(measurement, places, 1 + random.integer(rowsMax), available);
  }

  #sound(
    measurement: Measurement,
    places: readonly Place[],
    rows: number,
    fieldsAvailable: number,
  ): DrawnBlock {
    const all = measurement.fields.slice(0, fieldsAvailable);
    const wanted = 1 + this.random.integer(4);
    const fields =
      this.operation === 0 ? all : all.filter(() => this.random.once(2)).slice(0, wanted);
    const types = new Map(
      (fields.length > 0 ? fields : all.slice(0, 1)).map((f) => [f.name, f.type]),
    );
    const announcing = this.random.once(5) ? 'always' : 'as needed';
    return { points: this.#points(measurement, places, rows, types), fate: 'stored', announcing };
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
    switch (poison) {
      case 'unannounced':
        return { points, fate: 'series', announcing: 'never' };
      case 'forged':
        return { points, fate: 'series', announcing: 'forged' };
      case 'collision':
        return { points, fate: 'collision', announcing: 'always' };
      case 'type':
        return { points, fate: 'type', announcing: 'as needed' };
      case 'postgres':
        return {
          points: points.map((point) => withField(point, text?.name ?? '', string(`a${NUL}b`))),
          fate: 'postgres',
          announcing: 'as needed',
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

const withField = (point: Point, name: string, value: Value): Point => ({
  ...point,
  fields: { ...point.fields, [name]: value },
});
