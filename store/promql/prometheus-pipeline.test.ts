import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { hasPrometheus, TestOverseer } from '@overseer/local/testing';
import {
  EDGE_CASES,
  EVERY_NAME,
  Excuses,
  edgeText,
  isExcuseFor,
  RANKINGS,
  Random,
} from './testing/mod.ts';
import { apiDifference } from './testing/prometheus/api-comparison.ts';
import { OTHER_ANSWERS, SAME_ANSWERS } from './testing/prometheus/api-requests.ts';
import { askExamples, askGenerated, fieldsOf, START_MS } from './testing/prometheus/questioning.ts';
import { strictAnswer } from './testing/prometheus/strict-answer.ts';
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

  test('edges - are as Prometheus 3.0 has them, where this one may be older', async () => {
    for (const edge of EDGE_CASES) {
      const parameters = {
        query: edgeText(edge, START_MS),
        time: `${(START_MS + edge.second * 1000) / 1000}`,
        ...(edge.lookbackS && { lookback_delta: `${edge.lookbackS}` }),
      };
      const { text } = await twins.text(twins.overseer, '/query', parameters);
      const answer = strictAnswer(text);
      if (!('series' in answer)) throw new Error(`${parameters.query}: ${text}`);
      const value = answer.series[0]?.samples[0]?.[1];
      expect(value, JSON.stringify(parameters)).toBe(edge.value?.toString());
    }
  });

  test('requests to the API - have the same answers, errors too', async () => {
    const differences: string[] = [];
    for (const request of SAME_ANSWERS) {
      const difference = await apiDifference(twins, request);
      if (difference) differences.push(difference.text);
    }
    expect(differences).toEqual([]);
  });

  for (const other of OTHER_ANSWERS) {
    test(`requests to the API - have other answers: ${other.why}`, async () => {
      if (!isExcuseFor(twins.version, other)) return;
      for (const request of other.requests) {
        const difference = await apiDifference(twins, request, other);
        expect(difference, request).toMatchObject({ isAllowed: true });
      }
    });
  }
});
