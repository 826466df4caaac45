import { type BucketEntry, type Bus, DASHBOARDS_BUCKET, type Logger } from '@overseer/shared';
import {
  decodeDashboard,
  type SavedDashboard,
  UnreadableDashboardError,
} from './saved-dashboard.ts';

/** Deleted ones that can be restored included. */
export const DASHBOARDS_MAX = 1000;
/** Several frontends may each let in the last one at the same moment. */
const HELD_MAX = 2 * DASHBOARDS_MAX;

/** What is held of each dashboard; its panels are read when somebody asks for them. */
export interface ShelvedDashboard extends Omit<SavedDashboard, 'spec'> {
  readonly title: string;
  readonly db: string;
}

/** The dashboards of the bucket, without what is in them, as they are now. */
export class DashboardShelf {
  readonly #dashboards = new Map<string, ShelvedDashboard>();
  readonly #unreadable = new Set<string>();
  /** Those that were seen since the watch began anew; undefined: it has told everything. */
  #seen: Set<string> | undefined = new Set();
  /** Whether it had everything before; what changed while NATS was away is told when it is back. */
  #hasBegun = false;
  #unwatch: (() => void) | undefined;

  /** @param onChange told of every save, of this frontend or another, after the bucket has told everything once */
  constructor(
    private readonly log: Logger,
    private readonly onChange: (saved: ShelvedDashboard) => void,
  ) {}

  /** Whether it has everything. */
  get isReady(): boolean {
    return this.#seen === undefined;
  }

  get count(): number {
    return this.#dashboards.size;
  }

  get unreadableCount(): number {
    return this.#unreadable.size;
  }

  get all(): Iterable<ShelvedDashboard> {
    return this.#dashboards.values();
  }

  start(bus: Pick<Bus, 'watchBucket'>): void {
    this.#unwatch = bus.watchBucket(DASHBOARDS_BUCKET, {
      onEntry: (entry) => this.#onEntry(entry),
      onReady: () => this.#onReady(),
      onRestart: () => {
        this.#seen = new Set();
      },
    });
  }

  stop(): void {
    this.#unwatch?.();
  }

  /** Takes what was just saved, before the bucket tells of it: who saved it may ask at once. */
  put(saved: SavedDashboard): void {
    const { spec, ...rest } = saved;
    const { title, db } = spec;
    const before = this.#dashboards.get(saved.id);
    this.#unreadable.delete(saved.id);
    if (before?.revision === saved.revision) return;
    if (!before && this.#dashboards.size >= HELD_MAX) {
      this.log.error({ id: saved.id }, `a dashboard is left out: there are ${HELD_MAX} already`);
      return;
    }
    const shelved = { ...rest, title, db };
    this.#dashboards.set(saved.id, shelved);
    if (this.#hasBegun) this.onChange(shelved);
  }

  drop(id: string): void {
    this.#dashboards.delete(id);
    this.#unreadable.delete(id);
  }

  #onEntry(entry: BucketEntry): void {
    const { key, revision } = entry;
    this.#seen?.add(key);
    // What this frontend has saved since is newer.
    if (this.isReady && revision < (this.#dashboards.get(key)?.revision ?? 0)) return;
    try {
      const saved = decodeDashboard(entry);
      if (saved) this.put(saved);
      else this.drop(key);
    } catch (error) {
      if (!(error instanceof UnreadableDashboardError)) throw error;
      this.log.error({ key, revision, err: error }, 'a dashboard can not be read');
      this.#dashboards.delete(key);
      if (this.#unreadable.size < HELD_MAX) this.#unreadable.add(key);
    }
  }

  #onReady(): void {
    const seen = this.#seen ?? new Set();
    // A bucket that was made anew has none of what the old one had.
    for (const id of [...this.#dashboards.keys(), ...this.#unreadable]) {
      if (!seen.has(id)) this.drop(id);
    }
    this.#seen = undefined;
    this.#hasBegun = true;
  }
}
