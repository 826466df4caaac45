import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { hasPrometheus, TestOverseer } from '@overseer/local/testing';
import { EVERY_NAME, Excuses, RANKINGS, Random } from './testing/mod.ts';
import { askExamples, askGenerated, fieldsOf } from './testing/prometheus/questioning.ts';
import { Twins } from './testing/prometheus/twins.ts';

/** The same samples, written to a whole Overseer and to Prometheus itself: what both answer over HTTP. */

setDefaultTimeout(120_000);

const SEED = 20_261_123;
const QUESTIONS = 800;
const ANSWERED_SHARE_MIN = 0.9;

describe.skipIf(!(await hasPrometheus()))('Prometheus beside Overseer', () => {
  let overseer: TestOverseer;
  let twins: Twins;

  beforeAll(async () => {
    overseer = await TestOverseer.start({ environment: { LOG_LEVEL: 'warn' } });
    const fields = fieldsOf(SEED);
    twins = await Twins.start(overseer, { database: 'test', fields, random: new Random(SEED) });
  });

  afterAll(async () => {
    await twins?.[Symbol.asyncDispose]();
    await overseer?.stop();
  });

  test('generated questions - have the same answers', async () => {
    const { answered, counts, differences } = await askGenerated(
      twins,
      new Excuses(twins.version),
      { seed: SEED, questions: QUESTIONS },
    );
    const times = [...counts].sort().map(([name, count]) => `${name} ${count}`);
    console.log(
      `seed ${SEED}: ${answered} of ${QUESTIONS} answers have values; ${times.join(', ')}`,
    );
    expect(differences.slice(0, 20)).toEqual([]);
    expect(answered).toBeGreaterThanOrEqual(QUESTIONS * ANSWERED_SHARE_MIN);
    const wanted = [...EVERY_NAME, ...RANKINGS, 'samples'];
    expect(wanted.filter((name) => !counts.has(name))).toEqual([]);
  });

  test('known differences - are there, or they excuse nothing', async () => {
    expect(await askExamples(twins, new Excuses(twins.version))).toEqual([]);
  });
});
