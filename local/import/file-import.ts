import { type Body, BodyCutter, type TextPosition } from './body-cutter.ts';
import type { BodySender, RefusedLine } from './body-sender.ts';
import type { ImportJournal, ImportProgress } from './journal.ts';
import type { TextSource } from './text-source.ts';

/** So often the journal is written: what was sent since is sent again after a crash, and makes the same points. */
const JOURNAL_INTERVAL_MS = 250;

export interface FileImportParts {
  readonly source: TextSource;
  readonly sender: Pick<BodySender, 'send'>;
  /** Undefined for what can't be read again. */
  readonly journal: ImportJournal | undefined;
  readonly bodyBytes: number;
  /** Bodies under way at a time. */
  readonly inFlightMax: number;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly onRefused: (lines: readonly RefusedLine[]) => void;
}

interface Sending {
  readonly body: Body;
  readonly refused: Promise<number>;
}

/** Sends one text from where an earlier run stopped to its end. */
export class FileImport {
  #progress: ImportProgress;
  #journalTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly parts: FileImportParts,
    start: ImportProgress,
  ) {
    this.#progress = start;
  }

  get progress(): ImportProgress {
    return this.#progress;
  }

  /** @throws CommandError, or the reason of the sender's signal; the journal says by then how far it came */
  async run(): Promise<ImportProgress> {
    const { inFlightMax } = this.parts;
    const underWay: Sending[] = [];
    try {
      for await (const body of this.#bodies(this.#progress.position)) {
        // The next body is read and cut while those before it are under way.
        if (underWay.length === inFlightMax) await this.#settle(underWay);
        const refused = this.#send(body);
        // It may fail while the next body is read: whoever settles it tells.
        refused.catch(() => undefined);
        underWay.push({ body, refused });
      }
      while (underWay.length > 0) await this.#settle(underWay);
      this.#advance({ ...this.#progress, isDone: true });
      return this.#progress;
    } finally {
      this.#writeJournal();
    }
  }

  async *#bodies(from: TextPosition): AsyncGenerator<Body> {
    const cutter = new BodyCutter(this.parts.bodyBytes, from);
    for await (const chunk of this.parts.source.read(from.offset)) yield* cutter.push(chunk);
    yield* cutter.end();
  }

  async #send(body: Body): Promise<number> {
    const { refused, lines } = await this.parts.sender.send(body);
    if (refused > 0) this.parts.onRefused(lines);
    return refused;
  }

  /** Waits for the oldest: progress is what is acknowledged without a gap. */
  async #settle(underWay: Sending[]): Promise<void> {
    const [oldest] = underWay;
    if (!oldest) return;
    const refused = await oldest.refused;
    underWay.shift();
    this.#advance({
      position: oldest.body.end,
      refused: this.#progress.refused + refused,
      isDone: false,
    });
  }

  #advance(progress: ImportProgress): void {
    this.#progress = progress;
    this.parts.onProgress(progress);
    this.#journalTimer ??= setTimeout(() => this.#writeJournal(), JOURNAL_INTERVAL_MS);
  }

  #writeJournal(): void {
    clearTimeout(this.#journalTimer);
    this.#journalTimer = undefined;
    this.parts.journal?.write(this.#progress);
  }
}
