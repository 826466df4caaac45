import { describe, expect, test } from 'bun:test';
import { Random } from '@overseer/bench/random';
import type { Need } from './fault.ts';
import { FAULTS } from './registry.ts';
import { run } from './run.ts';

/** Each fault that needs this once, in an order that the seed makes. */
async function strikeEach(needs: Need | undefined): Promise<void> {
  const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
  console.log(`repeat with FAULT_SEED=${seed}`);
  const random = new Random(seed);
  const left = FAULTS.filter((fault) => fault.needs === needs);
  const faults = Array.from(
    { length: left.length },
    () => left.splice(random.below(left.length), 1)[0] ?? [],
  ).flat();
  const report = await run({
    seed,
    faults,
    needs: new Set(needs ? [needs] : []),
    stores: 2,
    checkIntervalMs: 0,
    senders: 4,
    seriesPerSender: 30,
    progress: console.log,
  });
  expect(report.differences).toEqual([]);
  expect(report.deadLetters).toBe(0);
  // Outages are waited out: nothing but a fault ends a process.
  expect(report.endedByThemselves).toEqual([]);
  expect(report.strikes.length).toBe(faults.length);
}

describe('faults', () => {
  test('of processes, servers and the network - every acknowledged line is stored once', async () => {
    await strikeEach(undefined);
  }, 600_000);
});
