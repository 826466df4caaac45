import { describe, expect, test } from 'bun:test';
import { Random } from '@overseer/bench/random';
import { findFakeTime } from './cluster/clock.ts';
import { Disk } from './cluster/disk.ts';
import type { Fault, Need } from './fault.ts';
import { FAULTS } from './registry.ts';
import { run } from './run.ts';

/** Much like others of their kind, and each takes seconds: `main.ts` strikes them too. */
const LONG_RUNS_ONLY: readonly string[] = [
  'pause-processor',
  'pause-frontend',
  'restart-postgres-fast',
  'cut-store-nats',
  'silence-ingress-nats',
  'strand-store-nats',
  'strand-ingress-nats',
  'strand-store-postgres',
  'slow-store-nats',
  'slow-ingress-nats',
  'delete-stored-events',
  'repartition',
  'jump-clock-processor',
];

/** The same order in every run, unless FAULT_SEED makes another one; `main.ts` goes on with ever new ones for hours. */
const SEED = Number(process.env.FAULT_SEED ?? 1);

/** On a machine that does nothing else a run takes a minute or two. */
const RUN_DEADLINE_MS = 600_000;

function shuffled(faults: readonly Fault[], random: Random): Fault[] {
  const left = [...faults];
  return faults.flatMap(() => left.splice(random.below(left.length), 1));
}

/** Each fault that needs this once, in an order that the seed makes. */
async function strikeEach(needs: Need | undefined): Promise<void> {
  const faults = FAULTS.filter((fault) => fault.needs === needs).filter(
    ({ name }) => !LONG_RUNS_ONLY.includes(name),
  );
  const report = await run({
    seed: SEED,
    faults: shuffled(faults, new Random(SEED)),
    needs: new Set(needs ? [needs] : []),
    stores: 2,
    checkIntervalMs: 0,
    // What is compared after every strike is all that was written until then.
    senders: 3,
    seriesPerSender: 20,
    pauseMsMax: 200,
    progress: console.log,
  });
  expect(report.differences).toEqual([]);
  expect(report.deadLetters).toBe(0);
  // Outages are waited out: nothing but a fault ends a process.
  expect(report.endedByThemselves).toEqual([]);
  expect(report.strikes.length).toBe(faults.length);
}

const canMount = await Disk.isPossible();
const canFakeTime = await findFakeTime().then(
  () => true,
  (error: unknown) => {
    console.error(`The tests of clocks need libfaketime: ${error}`);
    return false;
  },
);

describe('faults', () => {
  test(
    'of processes, connections and streams - every acknowledged line is stored once',
    () => strikeEach(undefined),
    RUN_DEADLINE_MS,
  );

  test.skipIf(!canMount)(
    'of disks - every acknowledged line is stored once',
    () => strikeEach('disks'),
    RUN_DEADLINE_MS,
  );

  test.skipIf(!canFakeTime)(
    'of clocks - every acknowledged line is stored once',
    () => strikeEach('clocks'),
    RUN_DEADLINE_MS,
  );
});
