import { Random } from '@overseer/bench/random';
import { compare } from './check.ts';
import { Cluster } from './cluster/cluster.ts';
import { deadLetters, waitUntilConsumed } from './consumption.ts';
import type { Fault, Need } from './fault.ts';
import { Load, type LoadOptions } from './load.ts';
import type { SenderCounts } from './sender.ts';

/** The longest time that the load runs undisturbed between two faults. */
const CALM_MS_MAX = 1000;

/** What a run does. */
export interface RunOptions extends LoadOptions {
  /** Makes the load and the moments of the faults; the same seed gives the same again. */
  seed: number;
  /** The faults to strike, one after the other. */
  faults: Iterable<Fault>;
  /** What any of the faults needs. */
  needs: ReadonlySet<Need>;
  /** Store processes. */
  stores: number;
  /** After the first strike that is so long after the last comparison, everything is compared. */
  checkIntervalMs: number;
  /** Says what happens now. */
  progress(text: string): void;
}

/** One fault that struck. */
export interface Strike {
  fault: string;
  /** Lines acknowledged from its beginning until everything was well again. */
  lines: number;
  /** The longest that a client waited for an acknowledgement meanwhile, retries included. */
  longestBodyMs: number;
  /** How long after the harm was undone everything acknowledged until then was stored. */
  storedAfterMs: number;
}

/** What a run found. */
export interface RunReport {
  /** Series that are stored otherwise than acknowledged, described; empty when all is well. */
  differences: string[];
  /** The faults that struck between the last comparison that was well and the one that was not. */
  suspects: string[];
  /** Rows that had to be stored at the end, and are when there is no difference. */
  rows: number;
  /** Blocks in the dead letters; a valid load makes none. */
  deadLetters: number;
  strikes: Strike[];
  /** How often everything was compared. */
  comparisons: number;
  endedByThemselves: readonly string[];
  counts: SenderCounts;
}

/**
 * Loads real processes, strikes the faults under that load, waits until everything is stored, and
 * compares that with what was acknowledged.
 * @throws when an answer is wrong, when an acknowledgement or the storing does not come within its
 *   bound, or when a process can't be started again; the error carries what the processes printed
 *   last.
 */
export async function run(options: RunOptions): Promise<RunReport> {
  options.progress('starting Overseer');
  const { stores, needs } = options;
  const disks = needs.has('disks');
  await using cluster = await Cluster.start({ stores, disks, clocks: needs.has('clocks') });
  try {
    const load = new Load(cluster.ingressUrl, options);
    const work = new Run(cluster, load, options);
    try {
      await work.strikeAll();
    } finally {
      await load.stop();
    }
    return await work.finish();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${reason}\n${cluster.describe()}`, { cause });
  }
}

/** The faults of one run, and what they led to. */
class Run {
  readonly #cluster: Cluster;
  readonly #load: Load;
  readonly #options: RunOptions;
  readonly #strikes: Strike[] = [];
  #comparedAt = performance.now();
  #comparisons = 0;
  /** Since the last comparison. */
  #suspects: string[] = [];
  #result = { differences: [] as string[], rows: 0 };

  constructor(cluster: Cluster, load: Load, options: RunOptions) {
    this.#cluster = cluster;
    this.#load = load;
    this.#options = options;
  }

  /** Ends early when something is stored otherwise than acknowledged. */
  async strikeAll(): Promise<void> {
    const { faults, seed, checkIntervalMs } = this.#options;
    const random = new Random(seed);
    for (const fault of faults) {
      await Bun.sleep(random.below(CALM_MS_MAX));
      await this.#strike(fault, random);
      if (performance.now() - this.#comparedAt < checkIntervalMs) continue;
      await this.#load.quiet(() => this.#compare());
      if (this.#result.differences.length > 0) return;
    }
  }

  async finish(): Promise<RunReport> {
    this.#options.progress('everything is acknowledged; waiting until it is stored');
    if (this.#result.differences.length === 0) await this.#compare();
    return {
      ...this.#result,
      suspects: this.#suspects,
      deadLetters: await this.#cluster.withBus(deadLetters),
      strikes: this.#strikes,
      comparisons: this.#comparisons,
      endedByThemselves: this.#cluster.endedByThemselves,
      counts: this.#load.counts,
    };
  }

  async #strike(fault: Fault, random: Random): Promise<void> {
    const { lines } = this.#load.counts;
    this.#load.takeLongestBodyMs();
    this.#options.progress(`${fault.name} strikes`);
    this.#suspects.push(fault.name);
    await fault.strike(this.#cluster, random, this.#load);
    const undoneAt = performance.now();
    const [storedAfterMs] = await Promise.all([
      this.#waitUntilConsumed().then(() => performance.now() - undoneAt),
      this.#load.waitUntilAllSend(),
    ]);
    const strike: Strike = {
      fault: fault.name,
      lines: this.#load.counts.lines - lines,
      longestBodyMs: this.#load.takeLongestBodyMs(),
      storedAfterMs,
    };
    this.#strikes.push(strike);
    this.#options.progress(
      `${fault.name}: acknowledged again after ${seconds(strike.longestBodyMs)}, stored ${seconds(storedAfterMs)} after its end; ` +
        `${this.#load.counts.lines} lines acknowledged so far`,
    );
  }

  async #compare(): Promise<void> {
    await this.#waitUntilConsumed();
    const { expectations } = this.#load;
    this.#result = await this.#cluster.withSql((sql) => compare(sql, expectations));
    this.#comparedAt = performance.now();
    this.#comparisons++;
    if (this.#result.differences.length === 0) this.#suspects = [];
  }

  async #waitUntilConsumed(): Promise<void> {
    await this.#cluster.withBus((bus) =>
      this.#cluster.withSql((sql) => waitUntilConsumed(bus, sql)),
    );
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
