import { type Block, type Field, joinRanges, type RangeMs } from '@overseer/shared';
import type { Classification } from '@overseer/wasm';
import { rangesOfBlock } from './block-ranges.ts';
import { viewOf } from './block-rows.ts';
import type { Table } from './catalogue.ts';
import type { Incoming } from './incoming.ts';
import { keptRows } from './partitions/kept-rows.ts';
import type { RowsInHand, TimePartitions } from './partitions/time-partitions.ts';
import { holds, NS_PER_S, secondsOf, type TimeRange } from './partitions/time-range.ts';
import type { BlockRows, TablePlan, Times } from './plan.ts';
import { TagKeys } from './tags-json.ts';

/** One table's part of a plan, while blocks are added. */
export class TableBuilder {
  readonly tagKeysNew = new TagKeys();
  seriesNew = 0;
  finerThanMicroseconds = false;
  /** Rows that were left out, being older than what is kept. */
  expired = 0;
  readonly #plain: BlockRows[] = [];
  readonly #late: BlockRows[] = [];
  #rows = 0;
  #merged = 0;
  #times: Times | undefined;
  #ranges: readonly RangeMs[] = [];
  #series = 0;
  /** Seconds since 1970 for which there is no partition. */
  readonly #missingS = new Set<number>();

  /** @param keptFromS rows before this time, seconds since 1970, are left out */
  constructor(
    readonly tableId: number,
    private readonly fieldsNew: readonly Field[],
    private readonly keptFromS: number,
  ) {}

  get missingS(): readonly number[] {
    return [...this.#missingS];
  }

  get inHand(): RowsInHand {
    const { minNs, maxNs } = this.#times ?? { minNs: 0n, maxNs: 0n };
    return {
      rows: this.#rows + this.#merged,
      merged: this.#merged,
      spanS: Number(maxNs - minNs) / Number(NS_PER_S),
    };
  }

  /** Every block that has rows here, once. */
  incoming(): ReadonlySet<Incoming> {
    return new Set([...this.#plain, ...this.#late].map((rows) => rows.incoming));
  }

  add(incoming: Incoming, classification: Classification, partitions: TimePartitions): void {
    const { block } = incoming;
    const { found, expired } = keptRows(block, classification, this.keptFromS);
    const { plain, late, times } = found;
    this.expired += expired;
    const count = plain === 'all' ? block.rows : plain.length;
    if (count > 0) this.#plain.push({ incoming, rows: plain, count });
    if (late.length > 0) this.#late.push({ incoming, rows: late, count: late.length });
    if (count + late.length === 0) return;
    this.#rows += count;
    this.#merged += late.length;
    this.#series += found.series;
    this.#ranges = joinRanges([...this.#ranges, ...rangesOfBlock(block.times, times)]);
    this.#times = span(this.#times, times);
    this.finerThanMicroseconds ||= found.finerThanMicroseconds;
    this.#findMissing(block, times, partitions);
  }

  /** The plan, when the table has everything that the rows need. */
  finish(table: Table, partitions: TimePartitions): TablePlan {
    const times = this.#times ?? { minNs: 0n, maxNs: 0n };
    return {
      table,
      plain: this.#plain,
      late: this.#late,
      lateTimes: this.#lateTimes(partitions),
      event: {
        database: table.database,
        measurement: table.measurement,
        rows: this.#rows,
        merged: this.#merged,
        seriesNew: this.seriesNew,
        timeMinNs: times.minNs,
        timeMaxNs: times.maxNs,
        fieldsNew: this.fieldsNew.filter(({ name, type }) => table.fields.get(name)?.type === type),
        tagKeysNew: this.tagKeysNew.names,
        // Rows that were left out may have been all of a series.
        series: this.expired > 0 ? undefined : this.#series,
        ranges: this.#ranges,
      },
    };
  }

  /** The times of the late rows in each partition. */
  #lateTimes(partitions: TimePartitions): Times[] {
    const times = new Map<TimeRange | undefined, Times>();
    let range: TimeRange | undefined;
    for (const { incoming, rows } of this.#late) {
      const view = viewOf(incoming.block.times);
      for (const row of rows as Uint32Array) {
        const timeNs = view.getBigInt64(row * 8, true);
        const timeS = secondsOf(timeNs);
        if (!range || !holds(range, timeS)) range = partitions.find(this.tableId, timeS);
        times.set(range, span(times.get(range), { minNs: timeNs, maxNs: timeNs }));
      }
    }
    return [...times.values()];
  }

  #findMissing(block: Block, times: Times, partitions: TimePartitions): void {
    const first = partitions.find(this.tableId, secondsOf(times.minNs));
    if (first && secondsOf(times.maxNs) < first.toS) return;
    const view = viewOf(block.times);
    let range: TimeRange | undefined;
    for (let row = 0; row < block.rows; row++) {
      const timeS = secondsOf(view.getBigInt64(row * 8, true));
      if (timeS < this.keptFromS || (range && holds(range, timeS))) continue;
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
