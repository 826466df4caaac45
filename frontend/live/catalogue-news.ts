/** A page asks for the whole catalogue each time. */
const INTERVAL_MS = 1000;
/** More databases at once are told as they come. */
const DATABASES_MAX = 1000;

/** Tells of changes of the catalogue, at most once a second for each database. */
export class CatalogueNews {
  readonly #changed = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly tell: (db: string) => void) {}

  /** The catalogue of the database has changed: told at once, or when the second since the last time is over. */
  note(db: string): void {
    this.#changed.add(db);
    if (this.#timer === undefined || this.#changed.size > DATABASES_MAX) this.#flush();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#changed.clear();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#changed.size === 0) return;
    for (const db of this.#changed) this.tell(db);
    this.#changed.clear();
    this.#timer = setTimeout(() => this.#flush(), INTERVAL_MS);
  }
}
