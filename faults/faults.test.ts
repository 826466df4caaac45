import { expect, test } from 'bun:test';
import { Random } from '@overseer/bench/random';
import { FAULTS } from './registry.ts';
import { run } from './run.ts';

/** Every kill twice, in an order that the seed makes. */
function shuffledTwice(random: Random) {
  const left = [...FAULTS, ...FAULTS];
  return Array.from({ length: left.length }, () =>
    left.splice(random.below(left.length), 1),
  ).flat();
}

test('faults - after kill -9 of any process under load, every acknowledged line is stored once', async () => {
  const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
  console.log(`repeat with FAULT_SEED=${seed}`);
  const report = await run({
    seed,
    faults: shuffledTwice(new Random(seed)),
    senders: 4,
    seriesPerSender: 50,
    progress: console.log,
  });
  expect(report.differences).toEqual([]);
  expect(report.deadLetters).toBe(0);
  // Outages are waited out: nothing but a kill ends a process.
  expect(report.endedByThemselves).toEqual([]);
  expect(report.struck.length).toBe(2 * FAULTS.length);
}, 300_000);
