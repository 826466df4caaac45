import { parseArgs } from 'node:util';
import { Random } from '@overseer/bench/random';
import type { Fault } from './fault.ts';
import { FAULTS } from './registry.ts';
import { run } from './run.ts';
import { isWell, summarize } from './summary.ts';

const USAGE = `bun faults/main.ts [--seed N] [--minutes M] [--faults names] [--stores N] [--senders N] [--series N]

  --seed     makes the load and the moments of the faults; a fresh one when not given
  --minutes  how long faults strike, 5 when not given, 60 at most
  --faults   names or their beginnings, separated by commas, all when not given:
${FAULTS.map(({ name }) => `               ${name}`).join('\n')}
  --stores   store processes that share the partitions, 2 when not given
  --senders  clients that send at the same time, 4 when not given
  --series   series of each sender, 100 when not given

Faults of disks need a root that may mount, faults of clocks need libfaketime, which is fetched.

Exits with 1 when something acknowledged is not stored, is stored twice or otherwise, or was never
sent, or when a process ended that no fault had hit.`;

const MINUTES_MAX = 60;
const STORES_MAX = 8;
const PAUSE_MS_MAX = 30;
/** A comparison reads all that is stored: not after each strike of a long run. */
const CHECK_INTERVAL_MS = 60_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '5' },
      faults: { type: 'string' },
      stores: { type: 'string', default: '2' },
      senders: { type: 'string', default: '4' },
      series: { type: 'string', default: '100' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : count('--seed', values.seed);
  const endAt = performance.now() + count('--minutes', values.minutes, MINUTES_MAX) * 60_000;
  const faults = selectFaults(values.faults);
  console.log(`seed ${seed}`);
  const report = await run({
    seed,
    faults: drawUntil(endAt, faults, new Random(seed + 1)),
    needs: new Set(faults.flatMap(({ needs }) => needs ?? [])),
    stores: count('--stores', values.stores, STORES_MAX),
    checkIntervalMs: CHECK_INTERVAL_MS,
    senders: count('--senders', values.senders),
    pauseMsMax: PAUSE_MS_MAX,
    seriesPerSender: count('--series', values.series),
    progress: (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`),
  });
  for (const difference of report.differences) console.log(difference);
  console.log(`\n${summarize(report)}`);
  if (isWell(report)) return 0;
  console.log(`FAILED; repeat with --seed ${seed}`);
  return 1;
}

function* drawUntil(endAt: number, faults: readonly Fault[], random: Random): Generator<Fault> {
  while (performance.now() < endAt) yield random.choice(faults);
}

function selectFaults(names: string | undefined): readonly Fault[] {
  if (names === undefined) return FAULTS;
  return names.split(',').flatMap((name) => {
    const found = FAULTS.filter((candidate) => candidate.name.startsWith(name));
    if (found.length === 0) throw new UsageError(`there is no fault "${name}"`);
    return found;
  });
}

function count(option: string, text: string, max = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max)
    throw new UsageError(`${option} is "${text}"; valid is a whole number from 1 to ${max}`);
  return value;
}

class UsageError extends Error {}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
