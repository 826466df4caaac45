import type { BodyProgress, LineParser, ParseStatus } from '@overseer/wasm';
import type { WantedField } from './schema.ts';
import type { SeriesLimits, SeriesVerdicts } from './series-limits.ts';

/** Attempts without progress that a body survives; more would mean that the parser disagrees with the schema, or the store. */
const ATTEMPTS_IN_VAIN_MAX = 10;

export interface ObstacleParts {
  readonly parser: LineParser;
  /** Defines fields that no line had before. */
  readonly reserve: (wanted: readonly WantedField[]) => Promise<void>;
  readonly seriesLimits: SeriesLimits;
}

/** What the parser stops at in one body, beside a full partition: fields that nobody defined, and series that may not come in. */
export class Obstacles {
  readonly #parts: ObstacleParts;
  readonly #database: string;
  readonly #progress: BodyProgress;
  #verdicts: SeriesVerdicts | undefined;
  #offset = 0;
  #inVain = 0;

  constructor(parts: ObstacleParts, database: string, progress: BodyProgress) {
    this.#parts = parts;
    this.#database = database;
    this.#progress = progress;
  }

  /** Before parsing goes on: tells the parser what was found out. Others may have told it of theirs since. */
  tellVerdicts(): void {
    if (!this.#verdicts) return;
    const { parser, seriesLimits } = this.#parts;
    const { admitted, refused } = this.#verdicts;
    parser.newSeries.judge(admitted, refused, seriesLimits.perDatabaseMax);
  }

  /**
   * Right after parsing: finds out what is needed to go on.
   * @throws UnavailableError, BusUnavailableError
   */
  async clear(status: ParseStatus & ('unknown-fields' | 'new-series')): Promise<void> {
    const { parser, reserve, seriesLimits } = this.#parts;
    this.#countAttempt();
    if (status === 'unknown-fields') {
      await reserve(parser.unknownFields());
      return;
    }
    this.#verdicts = await seriesLimits.judge(this.#database, [...parser.newSeries.list()]);
  }

  #countAttempt(): void {
    const { offset } = this.#progress;
    this.#inVain = offset > this.#offset ? 0 : this.#inVain + 1;
    this.#offset = offset;
    if (this.#inVain > ATTEMPTS_IN_VAIN_MAX) {
      throw new Error(`fields or series stay unknown at byte ${offset} of a body`);
    }
  }
}
