import {
  type BodyOptions,
  type BodyProgress,
  type LineParser,
  type ParseStatus,
  startBody,
} from '@overseer/wasm';
import { Obstacles } from './obstacles.ts';
import type { WantedField } from './schema.ts';
import type { SeriesLimits } from './series-limits.ts';
import type { Turns } from './turns.ts';
import type { WriteOutcome } from './write-answer.ts';
import type { BodySource } from './writer.ts';

/** Pieces of a body that are parsed in one turn, as in the writer. */
const PIECES_AT_ONCE = 1;

export interface RehearsalOptions {
  /** Makes a parser with the limits of the writer's; its definitions come by `onParser`. */
  readonly createParser: () => Promise<LineParser>;
  /** Told of the parser as soon as it exists, to define in it what is known; what is learnt later, too, is to be defined in it. */
  readonly onParser: (parser: LineParser) => void;
  /** Defines fields that no line had before. */
  readonly reserve: (wanted: readonly WantedField[]) => Promise<void>;
  readonly seriesLimits: SeriesLimits;
  /** Told of an exception within the parser: the process must not go on. */
  readonly onFailure: (error: unknown) => void;
  /** Whose body is parsed next; the writer's. */
  readonly turns: Turns;
}

/**
 * Finds the bad lines of a body before the first of its good ones is written: rows that have joined those of other requests can't be
 * taken back. It parses with a parser of its own, made when it is first needed, and keeps no rows. Fields that are new in the
 * body are reserved also when it turns out to be bad.
 */
export class Rehearsal {
  readonly #options: RehearsalOptions;
  #creating: Promise<LineParser> | undefined;
  #parser: LineParser | undefined;
  #abandoned: Error | undefined;

  constructor(options: RehearsalOptions) {
    this.#options = options;
  }

  /** Once there is one. */
  get parser(): LineParser | undefined {
    return this.#parser;
  }

  /** Tells what would become of the lines, without changing the body. @throws UnavailableError, BusUnavailableError */
  async check(
    { client, database }: BodySource,
    body: Uint8Array,
    options: Omit<BodyOptions, 'database'>,
  ): Promise<WriteOutcome> {
    this.#creating ??= this.#create().catch((error: unknown) => {
      this.#creating = undefined;
      throw error;
    });
    const parser = await this.#creating;
    const progress = startBody({ ...options, database: parser.database(database) });
    const { reserve, seriesLimits } = this.#options;
    const obstacles = new Obstacles({ parser, reserve, seriesLimits }, database, progress);
    for (;;) {
      const turn = this.#options.turns.take(client, body.length - progress.offset);
      if (turn) await turn;
      if (this.#abandoned) throw this.#abandoned;
      obstacles.tellVerdicts();
      // Others than those of a full database are only late: the write itself waits for them, or is told to come again.
      parser.newSeries.allowed = seriesLimits.isFull(database) ? 0 : Infinity;
      const status = this.#parsePiece(parser, body, progress);
      if (status === 'done') return progress;
      if (status === 'unknown-fields' || status === 'new-series') await obstacles.clear(status);
    }
  }

  #parsePiece(parser: LineParser, body: Uint8Array, progress: BodyProgress): ParseStatus {
    try {
      // Nobody wants the rows of the pieces before.
      for (let partition = 0; partition < parser.partitions; partition++) parser.reset(partition);
      return parser.parse(body, progress, PIECES_AT_ONCE);
    } catch (error) {
      this.#options.onFailure(error);
      throw error;
    }
  }

  /** Gives up: who waits gets the error. */
  abandon(error: Error): void {
    this.#abandoned = error;
  }

  async #create(): Promise<LineParser> {
    const parser = await this.#options.createParser();
    this.#parser = parser;
    this.#options.onParser(parser);
    return parser;
  }
}
