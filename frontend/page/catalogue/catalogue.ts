import type { FieldType } from '@overseer/shared/field-type';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { fetchData } from '../api/fetch-data.ts';

/** As `/api/v1/catalogue` has them; times are milliseconds since 1970. */
export interface CatalogueField {
  readonly name: string;
  readonly type: FieldType;
  /** The metric that the field is, in expressions. */
  readonly metric: string;
}

export interface CatalogueMeasurement {
  readonly name: string;
  readonly fields: readonly CatalogueField[];
  readonly tagKeys: readonly string[];
  readonly seriesCount: number;
  readonly newestMs: number | null;
  readonly lastWriteMs: number | null;
}

export interface CatalogueDatabase {
  readonly name: string;
  readonly measurements: readonly CatalogueMeasurement[];
}

interface CatalogueAnswer {
  readonly databases: readonly CatalogueDatabase[];
}

/** Ages of samples are as old as this at the most. */
const REFRESH_INTERVAL_MS = 3000;
/** A catalogue that takes long to get is got less often: this part of the time at the most. */
const REFRESH_DUTY = 0.05;

/** What there is to be seen: got from the server, again when that says it has changed, and every few seconds. */
export class Catalogue {
  readonly #databases = signal<readonly CatalogueDatabase[] | undefined>(undefined);
  readonly #error = signal<string | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLoading = false;
  #isStale = false;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.refresh();
    });
    this.refresh();
  }

  /** undefined: not known yet. */
  get databases(): ReadonlySignal<readonly CatalogueDatabase[] | undefined> {
    return this.#databases;
  }

  /** Why the last attempt to get it failed. */
  get error(): ReadonlySignal<string | undefined> {
    return this.#error;
  }

  /** Of one database; empty when there is none of that name. */
  measurements(db: ReadonlySignal<string>): ReadonlySignal<readonly CatalogueMeasurement[]> {
    return computed(
      () => this.#databases.value?.find(({ name }) => name === db.value)?.measurements ?? [],
    );
  }

  /** Gets it now, or once more when it is being got already: that answer may be too old. */
  refresh(): void {
    if (this.#isLoading) {
      this.#isStale = true;
      return;
    }
    clearTimeout(this.#timer);
    void this.#load();
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    this.#isStale = false;
    const startedAt = performance.now();
    try {
      this.#databases.value = (await fetchData<CatalogueAnswer>('/api/v1/catalogue')).databases;
      this.#error.value = undefined;
    } catch (error) {
      this.#error.value = error instanceof Error ? error.message : String(error);
    }
    this.#isLoading = false;
    const tookMs = performance.now() - startedAt;
    const delayMs = this.#isStale ? 0 : Math.max(REFRESH_INTERVAL_MS, tookMs / REFRESH_DUTY);
    this.#timer = setTimeout(() => {
      // Whoever looks again gets a new one at once.
      if (!document.hidden) this.refresh();
    }, delayMs);
  }
}
