import type { CatalogueMeasurement, CataloguePart } from '@overseer/shared';
import { answerError } from '../errors.ts';
import type { FrontendMetrics } from '../metrics.ts';
import type { Questions } from '../questions.ts';

export interface CatalogueWatchOptions {
  readonly questions: Questions;
  readonly metrics: FrontendMetrics;
  /** At the most once in so long. */
  readonly intervalMs: number;
  readonly onChange: (db: string) => void;
  /** Told of a bug. */
  readonly onBug: (error: unknown) => void;
}

/**
 * Notices by itself when the catalogue changes, while pages are there: updates tell of new series and fields only as far as stored
 * events do, and some are lost.
 */
export class CatalogueWatch {
  readonly #options: CatalogueWatchOptions;
  readonly #abort = new AbortController();
  /** By database; undefined until the first answer, of which nothing can be new. */
  #fingerprints: ReadonlyMap<string, bigint> | undefined;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: CatalogueWatchOptions) {
    this.#options = options;
  }

  /** A page is there. */
  watch(): void {
    if (this.#timer !== undefined || this.#abort.signal.aborted) return;
    this.#timer = setInterval(() => this.#check(), this.#options.intervalMs);
    if (performance.now() - this.#askedAtMs >= this.#options.intervalMs) this.#check();
  }

  /** No page is there. */
  rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  stop(): void {
    this.rest();
    this.#abort.abort();
  }

  #check(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#askedAtMs = performance.now();
    const { onBug } = this.#options;
    void this.#compare()
      .catch(onBug)
      .finally(() => {
        this.#isAsking = false;
      });
  }

  async #compare(): Promise<void> {
    const { questions, metrics, onChange } = this.#options;
    const fresh = new Map<string, bigint>();
    const onPart = (part: CataloguePart) => addFingerprints(fresh, part);
    try {
      await questions.catalogue({}, { signal: this.#abort.signal, onPart });
    } catch (error) {
      const told = answerError(error);
      if (!told) throw error;
      metrics.catalogueChecks.inc({ outcome: told.kind });
      return;
    }
    metrics.catalogueChecks.inc({ outcome: 'ok' });
    const known = this.#fingerprints;
    this.#fingerprints = fresh;
    for (const db of new Set([...(known?.keys() ?? []), ...fresh.keys()])) {
      if (known && known.get(db) !== fresh.get(db)) onChange(db);
    }
  }
}

function addFingerprints(
  fingerprints: Map<string, bigint>,
  { databases, measurements }: CataloguePart,
): void {
  for (const db of databases ?? []) fingerprints.set(db, fingerprints.get(db) ?? 0n);
  for (const measurement of measurements) {
    const { db } = measurement;
    fingerprints.set(db, (fingerprints.get(db) ?? 0n) ^ fingerprintOf(measurement));
  }
}

/** Of what it consists of, not of its times: these change with every write. */
function fingerprintOf({ name, seriesCount, shape }: CatalogueMeasurement): bigint {
  return Bun.hash.wyhash(shape, Bun.hash.wyhash(`${seriesCount} ${name}`));
}
