import { Random } from '@overseer/bench/random';
import { type OverseerProcess, waitUntil } from '@overseer/local/testing';
import { connectBus, createLogger } from '@overseer/shared';
import postgres from 'postgres';
import { type Expectation, findDifferences } from './check.ts';
import { Cluster } from './cluster.ts';
import { deadLetters, waitUntilConsumed } from './consumption.ts';
import type { Fault } from './fault.ts';
import { Sender, type SenderCounts } from './sender.ts';
import { Series } from './workload.ts';

const DATABASES = ['faults', 'Faults "2"'] as const;
const MEASUREMENTS = ['cpu', 'disk io', 'µ'] as const;
/** The longest time between an acknowledgement and the sender's next body. */
const PAUSE_MS_MAX = 30;
/** The longest time that the load runs undisturbed between two faults. */
const CALM_MS_MAX = 2000;
/** After a fault every sender must get an acknowledgement within this. */
const RECOVERY_DEADLINE_MS = 60_000;
const LAST_BODY_DEADLINE_MS = 60_000;
/** Times start this long before now, so that those of a long run don't lie in the future. */
const HISTORY_NS = 2n * 86_400_000_000_000n;

/** What a run does. */
export interface RunOptions {
  /** Makes the load and the moments of the faults; the same seed gives the same again. */
  seed: number;
  /** The faults to strike, one after the other. */
  faults: Iterable<Fault>;
  senders: number;
  seriesPerSender: number;
  /** Says what happens now. */
  progress(text: string): void;
}

/** What a run found. */
export interface RunReport {
  /** Series that are stored otherwise than acknowledged, described; empty when all is well. */
  differences: string[];
  /** Blocks in the dead letters; a valid load makes none. */
  deadLetters: number;
  /** Names of the faults that struck, in order. */
  struck: string[];
  endedByThemselves: readonly OverseerProcess[];
  counts: SenderCounts;
}

/**
 * Loads real processes, strikes the faults under that load, waits until everything is stored, and
 * compares that with what was acknowledged.
 * @throws when an answer is wrong, when an acknowledgement or the storing does not come within its
 *   bound, or   when a process can't be started again; the error carries what the processes printed
 *   last.
 */
export async function run(options: RunOptions): Promise<RunReport> {
  options.progress('starting Overseer');
  const cluster = await Cluster.start();
  try {
    const senders = makeSenders(options);
    const struck = await strikeUnderLoad(cluster, senders, options);
    options.progress('everything is acknowledged; waiting until it is stored');
    return { ...(await check(cluster, senders)), struck, counts: sumCounts(senders) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${reason}\n${cluster.describe()}`, { cause });
  } finally {
    await cluster.stop();
  }
}

function makeSenders({ seed, senders, seriesPerSender }: RunOptions): Sender[] {
  const startNs = (BigInt(Date.now()) / 1000n) * 1_000_000_000n - HISTORY_NS;
  return Array.from({ length: senders }, (_, sender) => {
    const random = new Random(seed * senders + sender);
    const database = DATABASES[sender % DATABASES.length] as string;
    const series = Array.from({ length: seriesPerSender }, (_, index) => {
      const measurement = MEASUREMENTS[index % MEASUREMENTS.length] as string;
      return new Series(BigInt(seed), startNs, database, measurement, `${sender}-${index}`);
    });
    return new Sender(series, () => random.below(PAUSE_MS_MAX));
  });
}

async function strikeUnderLoad(
  cluster: Cluster,
  senders: Sender[],
  { seed, faults, progress }: RunOptions,
): Promise<string[]> {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const sending = Promise.all(
    senders.map((sender) => sender.run(cluster.ingressUrl, stop.signal, giveUp.signal)),
  );
  const striking = strikeAll(cluster, senders, new Random(seed), faults, progress);
  try {
    // A sender only ends before it is told to when it fails, and then the run has failed.
    return await Promise.race([striking, sending.then(() => striking)]);
  } finally {
    stop.abort();
    const reason = new Error(
      `a body was not acknowledged ${LAST_BODY_DEADLINE_MS / 1000} s after the last fault`,
    );
    const timer = setTimeout(() => giveUp.abort(reason), LAST_BODY_DEADLINE_MS);
    await sending.finally(() => clearTimeout(timer));
  }
}

async function strikeAll(
  cluster: Cluster,
  senders: Sender[],
  random: Random,
  faults: Iterable<Fault>,
  progress: (text: string) => void,
): Promise<string[]> {
  const struck: string[] = [];
  for (const fault of faults) {
    await Bun.sleep(random.below(CALM_MS_MAX));
    const startedAt = performance.now();
    await fault.strike(cluster, random);
    struck.push(fault.name);
    await waitUntilAllSend(senders);
    const { lines } = sumCounts(senders);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    progress(`${fault.name}: recovered after ${seconds} s; ${lines} lines acknowledged so far`);
  }
  return struck;
}

async function waitUntilAllSend(senders: Sender[]): Promise<void> {
  const before = senders.map(({ counts }) => counts.bodies);
  await waitUntil(
    () => senders.every(({ counts }, index) => counts.bodies > (before[index] ?? 0)),
    {
      what: 'every sender to get an acknowledgement after the fault',
      deadlineMs: RECOVERY_DEADLINE_MS,
    },
  );
}

async function check(
  cluster: Cluster,
  senders: Sender[],
): Promise<Pick<RunReport, 'differences' | 'deadLetters' | 'endedByThemselves'>> {
  const sql = postgres(cluster.databaseUrl, { max: 1, onnotice: () => {} });
  const bus = await connectBus({
    url: cluster.natsUrl,
    name: 'faults',
    log: createLogger('faults'),
  });
  try {
    await waitUntilConsumed(bus, sql);
    return {
      differences: await findDifferences(sql, senders.flatMap(expectationsOf)),
      deadLetters: await deadLetters(bus),
      endedByThemselves: cluster.endedByThemselves,
    };
  } finally {
    await bus.close();
    await sql.end();
  }
}

function expectationsOf(sender: Sender): Expectation[] {
  return sender.series.map((series, index) => ({ series, count: sender.acknowledged[index] ?? 0 }));
}

function sumCounts(senders: Sender[]): SenderCounts {
  const total: SenderCounts = { bodies: 0, lines: 0, unavailable: 0, unanswered: 0 };
  for (const { counts } of senders)
    for (const name of Object.keys(total) as (keyof SenderCounts)[]) total[name] += counts[name];
  return total;
}
