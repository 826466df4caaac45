import type { Random } from './random.ts';
import { sendBody } from './sending.ts';

/** The measurement of the probes; its one field `value` makes it a metric of the same name. */
export const PROBE_METRIC = 'probe';

/**
 * Times between two probes. Never less than the 100 ms for which a measurement's updates are
 * collected: one probe would wait for another's.
 */
const GAP_MIN_MS = 150;
const GAP_MAX_MS = 350;
/** A probe that is not seen for so long is lost. */
const SEEN_DEADLINE_MS = 60_000;

/** Something that sees the newest value of the probes. */
export interface Watcher {
  /** Begins the names of its figures. */
  readonly name: string;
  /** Resolves when it watches; the result ends that. */
  watch(sightings: Sightings): Promise<() => Promise<void>>;
}

/** Where a watcher tells what it sees. */
export interface Sightings {
  /** Whether there are probes that this watcher has not seen. */
  readonly isWaited: boolean;
  /** @param atMs when the value was seen, by performance.now() of this process. */
  seen(value: number, atMs: number): void;
  failed(error: unknown): void;
}

/**
 * Points of one series with the values 1, 2, 3, …, one at a time written over HTTP. A probe is seen
 * when its value is, or a newer one.
 *
 * They are written at moments that depend on nothing but the seed, whether the ones before are
 * answered and seen or not: a stall is felt by every probe that falls into it (no coordinated
 * omission).
 */
export class Probes {
  #written = 0;

  constructor(
    private readonly writeUrl: string,
    private readonly random: Random,
  ) {}

  /** Writes one probe and waits for nothing but its acknowledgement; makes the series. */
  async writeOne(): Promise<void> {
    await this.#write(++this.#written);
  }

  /**
   * Writes so many probes and waits until every watcher has seen all of them.
   * @returns for every watcher the times in ms from just before the write until it was seen.
   */
  async measure(count: number, watchers: readonly Watcher[]): Promise<Map<string, number[]>> {
    const before = this.#written;
    const recorders = watchers.map(({ name }) => new Recorder(name, before, count));
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    await using watching = new AsyncDisposableStack();
    for (const [index, watcher] of watchers.entries())
      watching.defer(await watcher.watch(recorders[index] as Recorder));
    for (let number = before + 1, dueAt = performance.now(); number <= before + count; number++) {
      dueAt += GAP_MIN_MS + this.random.below(GAP_MAX_MS - GAP_MIN_MS);
      await Promise.race([Bun.sleep(dueAt - performance.now()), failed.promise]);
      for (const recorder of recorders) recorder.wrote(performance.now());
      this.#written = number;
      this.#write(number).catch(failed.reject);
    }
    const all = Promise.all(recorders.map((recorder) => recorder.all()));
    await Promise.race([all, failed.promise]);
    return new Map(recorders.map(({ name, latenciesMs }) => [name, latenciesMs]));
  }

  async #write(number: number): Promise<void> {
    const line = `${PROBE_METRIC} value=${number} ${BigInt(Date.now()) * 1_000_000n}\n`;
    await sendBody(this.writeUrl, { bytes: new TextEncoder().encode(line), lines: 1 });
  }
}

/** What one watcher has seen of a run's probes. */
class Recorder implements Sightings {
  readonly latenciesMs: number[] = [];
  readonly #writtenAt: number[] = [];
  readonly #all = Promise.withResolvers<void>();

  /** @param before number of the last probe that doesn't count. */
  constructor(
    readonly name: string,
    private readonly before: number,
    private readonly count: number,
  ) {
    // Whoever waits for all learns of an error; until then it must not end this process.
    this.#all.promise.catch(() => {});
  }

  get isWaited(): boolean {
    return this.latenciesMs.length < this.#writtenAt.length;
  }

  wrote(atMs: number): void {
    this.#writtenAt.push(atMs);
  }

  seen(value: number, atMs: number): void {
    while (this.latenciesMs.length < value - this.before) {
      const writtenAt = this.#writtenAt[this.latenciesMs.length];
      if (writtenAt === undefined) {
        this.failed(new Error(`${this.name} saw ${value}, which is no probe of this run`));
        return;
      }
      this.latenciesMs.push(atMs - writtenAt);
    }
    if (this.latenciesMs.length === this.count) this.#all.resolve();
  }

  failed(error: unknown): void {
    this.#all.reject(error);
  }

  /** Resolves when every probe was seen. @throws when one was not for a long time. */
  async all(): Promise<void> {
    const timer = setTimeout(() => {
      const seen = `${this.latenciesMs.length} of ${this.count} probes`;
      this.failed(
        new Error(`${this.name} saw ${seen} until ${SEEN_DEADLINE_MS / 1000} s after the last`),
      );
    }, SEEN_DEADLINE_MS);
    await this.#all.promise.finally(() => clearTimeout(timer));
  }
}
