import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasPrometheus, startPrometheus } from '@overseer/local/testing';
import type { Labels } from '@overseer/shared';
import type { StepGrid } from './step-grid.ts';
import {
  type AnswerSeries,
  differencesOf,
  EVERY_NAME,
  Excuses,
  expressionText,
  generateData,
  namesIn,
  openMetricsOf,
  optionsFor,
  QuestionGenerator,
  RANKINGS,
  Random,
  range,
  seriesOf,
} from './testing/mod.ts';

/** Generated questions, asked of Prometheus itself over the same samples. */

const SEED = 20_231_120;
const QUESTIONS = 1000;
const ANSWERED_SHARE_MIN = 0.9;
const START_MS = 1_700_000_000_000;
const DURATION_MS = 3_600_000;

interface Matrix {
  readonly metric: Labels;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

const floatOf = (text: string) => Number(text.replace('Inf', 'Infinity'));

async function versionOf(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/status/buildinfo`);
  return ((await answer.json()) as { data: { version: string } }).data.version;
}

function withoutName({ labels: { __name__: _, ...labels }, values }: AnswerSeries): AnswerSeries {
  return { labels, values };
}

describe.skipIf(!(await hasPrometheus()))('Prometheus', () => {
  const fields = generateData(new Random(SEED), {
    startMs: START_MS,
    durationMs: DURATION_MS,
    hosts: 6,
    isPlain: true,
  });
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

  beforeAll(async () => {
    prometheus = await startPrometheus(openMetricsOf(fields));
  }, 60_000);

  afterAll(() => prometheus?.stop());

  async function asked(query: string, { startMs, stepMs, count }: StepGrid) {
    const body = new URLSearchParams({
      query,
      start: `${startMs / 1000}`,
      end: `${(startMs + (count - 1) * stepMs) / 1000}`,
      step: `${stepMs / 1000}`,
    });
    const response = await fetch(`${prometheus.url}/api/v1/query_range`, { method: 'POST', body });
    const answer = (await response.json()) as { data?: { result: Matrix[] }; error?: string };
    if (!answer.data) throw new Error(`${query}: ${answer.error}`);
    return answer.data.result.map(({ metric, values }): AnswerSeries => {
      const found = new Map(values.map(([seconds, value]) => [seconds * 1000, floatOf(value)]));
      const steps = Array.from({ length: count }, (_, step) => found.get(startMs + step * stepMs));
      return { labels: metric, values: steps };
    });
  }

  test('answers to generated questions - are the same', async () => {
    const random = new Random(SEED + 1);
    const generator = new QuestionGenerator(random, {
      fromMs: START_MS,
      durationMs: DURATION_MS,
      isRanked: true,
      // No step of a subquery lies at the edge of its range.
      subqueryRangesMs: [150_500, 400_500],
    });
    const options = optionsFor(seriesOf(fields));
    const counts = new Map<string, number>();
    const differences: string[] = [];
    const excuses = new Excuses(await versionOf(prometheus.url));
    let answered = 0;
    for (let i = 0; i < QUESTIONS; i++) {
      const question = generator.next();
      const stepMs = random.pick([7000, 10_000, 15_000, 60_000, 400_000]);
      const startMs = START_MS + random.integer(DURATION_MS / 20_000) * 10_000;
      const grid = { startMs, stepMs, count: 1 + random.integer(40) };
      const text = expressionText(question);
      const names = namesIn(question);
      const expected = await asked(text, grid);
      const actual = await range(text, grid, options);
      const found = excuses.differences(names, ({ isWithoutNames, relativeDifferenceMax }) => {
        const [wanted, given] = isWithoutNames
          ? [expected.map(withoutName), actual.map(withoutName)]
          : [expected, actual];
        return differencesOf(wanted, given, relativeDifferenceMax);
      });
      differences.push(...found.slice(0, 3).map((difference) => `${text}: ${difference}`));
      for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
      if (expected.length > 0) answered++;
    }
    const times = [...counts].sort().map(([name, count]) => `${name} ${count}`);
    console.log(
      `seed ${SEED}: ${answered} of ${QUESTIONS} answers have values; ${times.join(', ')}`,
    );
    expect(differences.slice(0, 20)).toEqual([]);
    expect(answered).toBeGreaterThanOrEqual(QUESTIONS * ANSWERED_SHARE_MIN);
    expect([...EVERY_NAME, ...RANKINGS].filter((name) => !counts.has(name))).toEqual([]);
  }, 300_000);
});
