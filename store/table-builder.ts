import type { Block, Field } from '@overseer/shared';
import type { Classification } from '@overseer/wasm';
import { viewOf } from './block-rows.ts';
import type { Table } from './catalogue.ts';
import type { Incoming } from './incoming.ts';
import type { RowsInHand, TimePartitions } from './partitions/time-partitions.ts';
import type { TimeRange } from './partitions/time-range.ts';
import type { BlockRows, TablePlan } from './plan.ts';

const NS_PER_S = 1_000_000_000n;

interface Times {
  readonly minNs: bigint;
  readonly maxNs: bigint;
}

/** One table's part of a plan, while blocks are added. */
export class TableBuilder {
  readonly tagKeysNew = new Set<string>();
  seriesNew = 0;
  finerThanMicroseconds = false;
  readonly #plain: BlockRows[] = [];
  readonly #late: BlockRows[] = [];
  #rows = 0;
  #merged = 0;
  #times: Times | undefined;
  #lateTimes: Times | undefined;
  /** Seconds since 1970 for which there is no partition. */
  readonly #missingS = new Set<number>();

  constructor(
    readonly tableId: number,
    private readonly fieldsNew: readonly Field[],
  ) {}

  get missingS(): readonly number[] {
    return [...this.#missingS];
  }

  get inHand(): RowsInHand {
    const { minNs, maxNs } = this.#times ?? { minNs: 0n, maxNs: 0n };
    return { rows: this.#rows + this.#merged, spanS: Number(maxNs - minNs) / Number(NS_PER_S) };
  }

  /** Every block that has rows here, once. */
  incoming(): ReadonlySet<Incoming> {
    return new Set([...this.#plain, ...this.#late].map((rows) => rows.incoming));
  }

  add(incoming: Incoming, classification: Classification, partitions: TimePartitions): void {
    const { block } = incoming;
    const { plain, late, times, lateTimes } = classification;
    const count = plain === 'all' ? block.rows : plain.length;
    if (count > 0) this.#plain.push({ incoming, rows: plain, count });
    if (late.length > 0) this.#late.push({ incoming, rows: late, count: late.length });
    this.#rows += count;
    this.#merged += late.length;
    this.#times = span(this.#times, times);
    this.#lateTimes = lateTimes ? span(this.#lateTimes, lateTimes) : this.#lateTimes;
    this.finerThanMicroseconds ||= classification.finerThanMicroseconds;
    this.#findMissing(block, times, partitions);
  }

  /** The plan, when the table has everything that the rows need. */
  finish(table: Table): TablePlan {
    const times = this.#times ?? { minNs: 0n, maxNs: 0n };
    return {
      table,
      plain: this.#plain,
      late: this.#late,
      lateTimes: this.#lateTimes,
      event: {
        database: table.database,
        measurement: table.measurement,
        rows: this.#rows,
        merged: this.#merged,
        seriesNew: this.seriesNew,
        timeMinNs: times.minNs,
        timeMaxNs: times.maxNs,
        fieldsNew: this.fieldsNew.filter(({ name, type }) => table.fields.get(name)?.type === type),
        tagKeysNew: [...this.tagKeysNew],
      },
    };
  }

  #findMissing(block: Block, times: Times, partitions: TimePartitions): void {
    const first = partitions.find(this.tableId, secondsOf(times.minNs));
    if (first && secondsOf(times.maxNs) < first.toS) return;
    const view = viewOf(block.times);
    let range: TimeRange | undefined;
    for (let row = 0; row < block.rows; row++) {
      const timeS = secondsOf(view.getBigInt64(row * 8, true));
      if (range && range.fromS <= timeS && timeS < range.toS) continue;
      range = partitions.find(this.tableId, timeS);
      if (!range) this.#missingS.add(timeS);
    }
  }
}

function span(a: Times | undefined, b: Times): Times {
  if (!a) return b;
  return {
    minNs: a.minNs < b.minNs ? a.minNs : b.minNs,
    maxNs: a.maxNs > b.maxNs ? a.maxNs : b.maxNs,
  };
}

/** Whole seconds, rounded down, of nanoseconds since 1970. */
function secondsOf(timeNs: bigint): number {
  const seconds = timeNs / NS_PER_S;
  return Number(timeNs < 0n && seconds * NS_PER_S !== timeNs ? seconds - 1n : seconds);
}
