import { parseArgs } from 'node:util';
import { Random } from '@overseer/bench/random';
import type { Fault } from './fault.ts';
import { FAULTS } from './registry.ts';
import { run } from './run.ts';

const USAGE = `bun faults/main.ts [--seed N] [--minutes M] [--faults names] [--senders N] [--series N]

  --seed     makes the load and the moments of the faults; a fresh one when not given
  --minutes  how long faults strike, 5 when not given, 60 at most
  --faults   names separated by commas, all when not given: ${FAULTS.map(({ name }) => name).join(', ')}
  --senders  clients that send at the same time, 8 when not given
  --series   series of each sender, 100 when not given

Exits with 1 when something acknowledged is not stored, is stored twice or otherwise, or was never
sent, or when a process ended that no fault had hit.`;

const MINUTES_MAX = 60;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '5' },
      faults: { type: 'string' },
      senders: { type: 'string', default: '8' },
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
  console.log(`seed ${seed}`);
  const report = await run({
    seed,
    faults: drawUntil(endAt, selectFaults(values.faults), new Random(seed + 1)),
    senders: count('--senders', values.senders),
    seriesPerSender: count('--series', values.series),
    progress: (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`),
  });
  const { differences, ...summary } = report;
  console.log(summary);
  for (const difference of differences) console.log(difference);
  const isWell =
    differences.length === 0 && report.deadLetters === 0 && report.endedByThemselves.length === 0;
  console.log(
    isWell ? 'everything acknowledged is stored, once' : `FAILED; repeat with --seed ${seed}`,
  );
  return isWell ? 0 : 1;
}

function* drawUntil(endAt: number, faults: readonly Fault[], random: Random): Generator<Fault> {
  while (performance.now() < endAt) yield random.choice(faults);
}

function selectFaults(names: string | undefined): readonly Fault[] {
  if (names === undefined) return FAULTS;
  return names.split(',').map((name) => {
    const fault = FAULTS.find((candidate) => candidate.name === name);
    if (fault === undefined) throw new UsageError(`there is no fault "${name}"`);
    return fault;
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
