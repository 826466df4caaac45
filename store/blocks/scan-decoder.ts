import { CopyTuples } from '../copy-tuples.ts';
import type { RowDecoder } from './row-decoder.ts';
import { ROW_COLUMNS_MIN, type Scan, UNION_COLUMNS_MIN } from './scan.ts';

/** In front of the rows of several measurements: an int16 behind its length, which says of whom it is. */
const PLACE_AT = 4;
const PLACE_BYTES = 6;

/** A measurement's part of a statement, and who takes its rows. */
export interface DecodedScan extends Scan {
  readonly decoder: RowDecoder;
}

/** Hands each row that a statement gives to the decoder of its measurement. */
export class ScanDecoder {
  /** Each once: one may take several parts of a statement. */
  readonly #decoders: ReadonlySet<RowDecoder>;
  readonly #tuples: CopyTuples;

  constructor(scans: readonly DecodedScan[]) {
    this.#decoders = new Set(scans.map(({ decoder }) => decoder));
    const [first] = scans;
    this.#tuples = first && scans.length === 1 ? tuplesOf(first) : tuplesOfSeveral(scans);
  }

  /** Of all that it hands rows to, with what they had before. */
  get samples(): { readonly size: number } {
    let size = 0;
    for (const { samples } of this.#decoders) size += samples.size;
    return { size };
  }

  get rowCount(): number {
    return this.#tuples.count;
  }

  push(chunk: Buffer): void {
    this.#tuples.push(chunk);
  }
}

function tuplesOf({ selected: { measured, metrics }, decoder }: DecodedScan): CopyTuples {
  const { hasNs } = measured.table;
  const columns = ROW_COLUMNS_MIN + (hasNs ? 1 : 0) + metrics.length;
  return new CopyTuples(columns, (view, at) => decoder.take(view, at, hasNs));
}

function tuplesOfSeveral(scans: readonly DecodedScan[]): CopyTuples {
  const metricsMax = Math.max(...scans.map(({ selected }) => selected.metrics.length));
  return new CopyTuples(UNION_COLUMNS_MIN + metricsMax, (view, at) =>
    scans[view.getInt16(at + PLACE_AT)]?.decoder.take(view, at + PLACE_BYTES, true),
  );
}
