import { describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../random.ts';
import { summarize } from '../results.ts';
import { BaselineError, readBaseline, writeBaseline } from './baseline.ts';
import { describeDecisions } from './command.ts';
import {
  type Decision,
  decide,
  intervalOfMedian,
  type Outcome,
  PROCESSES_AT_ONCE,
  PROCESSES_MAX,
} from './decision.ts';
import { decideAll, measureAll } from './gate.ts';
import { kernelNames } from './kernels.ts';
import recorded from './recorded-rounds.json';

describe('interval of the median', () => {
  test('few values - reaches from the lowest to the highest', () => {
    expect(intervalOfMedian([3, 1, 2, 5, 4])).toEqual({ low: 1, high: 5 });
  });

  test('many values - leaves out those that the median is hardly beyond', () => {
    const values = Array.from({ length: 25 }, (_, index) => index);
    // Of 25 throws fewer than 8 heads, or more than 17, come in 4 % of all cases; fewer than 9, or more than 16, in 11 %.
    expect(intervalOfMedian(values)).toEqual({ low: 7, high: 17 });
  });
});

describe('decision', () => {
  const five = (share: number) => Array<number>(PROCESSES_AT_ONCE).fill(2 * share);
  const many = (...shares: number[]) =>
    Array.from({ length: PROCESSES_MAX }, (_, i) => 2 * (shares[i % shares.length] as number));

  test('an interval on one side of the limit - is decided at once', () => {
    expect(decide(2, five(1.05)).outcome).toBe('as before');
    expect(decide(2, five(1.2)).outcome).toBe('slower');
    expect(decide(2, five(0.8)).outcome).toBe('faster');
  });

  test('an interval across the limit - is undecided, until the median decides', () => {
    expect(decide(2, [2, 2, 2.1, 2.3, 2.4]).outcome).toBe('undecided');
    expect(decide(2, many(0.9, 1, 1.2, 1.3, 1)).outcome).toBe('as before');
    expect(decide(2, many(1, 1.2, 1.3, 1.2, 1)).outcome).toBe('slower');
  });

  test('too few processes - decide nothing', () => {
    expect(() => decide(2, [2])).toThrow(RangeError);
  });

  test('a slower one - is told with what to do about it', () => {
    const decision: Decision = {
      outcome: 'slower',
      median: 1.3,
      low: 1.2,
      high: 1.4,
      processes: 5,
    };
    expect(describeDecisions(new Map([['parser: integers', decision]]))).toContain('--record');
  });
});

/**
 * Runs of the gate are put together from processes that were really measured: each run draws its own, with a seed.
 * `bun bench/gate/record-rounds.ts` records them.
 */
describe('recorded rounds', () => {
  const RUNS = 20;

  for (const [group, kernels] of Object.entries(recorded)) {
    const names = Object.keys(kernels) as (keyof typeof kernels)[];
    const outcomesOf = (kind: 'unchanged' | 'slowed', random: Random) =>
      names.map((name) => {
        const baseline = summarize([...kernels[name].unchanged]).median;
        return decideDrawing(baseline, () => random.choice(kernels[name][kind]));
      });

    test(`${group} - 20 runs of what the baseline was made of pass`, () => {
      const random = new Random(1);
      for (let run = 0; run < RUNS; run++)
        expect(outcomesOf('unchanged', random)).not.toContain('slower');
    });

    test(`${group} - 20 runs that do a fifth more work fail`, () => {
      const random = new Random(1);
      for (let run = 0; run < RUNS; run++) expect(outcomesOf('slowed', random)).toContain('slower');
    });
  }
});

/** As the gate does: some processes, and more as long as it is undecided. */
function decideDrawing(baseline: number, draw: () => number): Outcome {
  const ratios: number[] = [];
  for (;;) {
    for (let process = 0; process < PROCESSES_AT_ONCE; process++) ratios.push(draw());
    const { outcome } = decide(baseline, ratios);
    if (outcome !== 'undecided') return outcome;
  }
}

describe('baseline', () => {
  test('is read as it was written; one of another form is refused with the place', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'overseer-baseline-'));
    try {
      const path = join(folder, 'baseline.json');
      expect(await readBaseline(path)).toEqual({ format: 1, processors: {} });
      const one = { recordedAt: '2030-01-01', bun: '1', ratios: { 'parser: integers': 2 } };
      await writeBaseline({ format: 1, processors: { 'a processor': one } }, path);
      expect((await readBaseline(path)).processors['a processor']).toEqual(one);
      await Bun.write(path, JSON.stringify({ format: 1, processors: { it: { ...one, bun: 1 } } }));
      const error = await readBaseline(path).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BaselineError);
      expect(String(error)).toContain('/processors/it/bun');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('of this project - has every kernel that is watched', async () => {
    const kernels = kernelNames();
    for (const { ratios } of Object.values((await readBaseline()).processors))
      expect(Object.keys(ratios).sort()).toEqual(kernels.toSorted());
  });
});

/** Ten processes and more, each of which starts, warms up and measures. */
const REAL_RUN_DEADLINE_MS = 300_000;

describe('gate', () => {
  const options = { groups: ['evaluation'], rounds: 2, progress: () => {} };

  test(
    'real processes - kernels that do much more work are slower than the same that do not',
    async () => {
      const measured = await measureAll({ ...options, processes: PROCESSES_AT_ONCE });
      const baseline = Object.fromEntries(
        [...measured].map(([kernel, ratios]) => [kernel, summarize([...ratios]).median]),
      );
      const { decisions } = await decideAll(baseline, { ...options, slowed: { evaluation: 200 } });
      expect([...decisions.keys()].sort()).toEqual(Object.keys(baseline).sort());
      expect([...decisions.values()].map(({ outcome }) => outcome)).toContain('slower');
    },
    REAL_RUN_DEADLINE_MS,
  );
});
