import { describe, expect, test } from 'bun:test';
import { isPresent } from '@overseer/shared';
import { evaluateRange } from './evaluation.ts';
import type { StepGrid, StepSeries } from './step-grid.ts';
import { parseExpression } from './syntax/parser.ts';
import {
  type AnswerSeries,
  differencesOf,
  EVERY_NAME,
  expressionText,
  generateData,
  MemorySource,
  namesIn,
  type Question,
  QuestionGenerator,
  RANKINGS,
  Random,
  referenceAnswer,
  seriesOf,
  unboundedBudget,
} from './testing/mod.ts';

/** Of data and questions; a failure names it. */
const SEED = 20_241_114;
const QUESTIONS = 1000;
/** Of the questions, so many at least must have an answer that is not empty. */
const ANSWERED_SHARE_MIN = 0.9;
const LOOKBACK_MS = 300_000;
const START_MS = 1_700_000_000_000;
const DURATION_MS = 3_600_000;

function generateGrid(random: Random): StepGrid {
  const stepMs = random.pick([7000, 10_000, 15_000, 60_000, 400_000]);
  const startMs = START_MS + random.integer(DURATION_MS / 20_000) * 10_000;
  return { startMs, stepMs, count: 1 + random.integer(40) };
}

async function evaluated(
  question: Question,
  source: MemorySource,
  grid: StepGrid,
): Promise<AnswerSeries[]> {
  const options = {
    db: 'test',
    source,
    budget: unboundedBudget(),
    lookbackMs: LOOKBACK_MS,
    seriesMax: 1000,
  };
  const answer: StepSeries[] = [];
  for await (const part of evaluateRange(
    parseExpression(expressionText(question)),
    grid,
    options,
  )) {
    answer.push(...part);
  }
  return answer.map(({ labels, values, present }) => ({
    labels,
    values: Array.from(values, (value, i) => (isPresent(present, i) ? value : undefined)),
  }));
}

interface ComparisonOptions {
  readonly isNonFinite?: boolean;
  /** The reference is wrong on purpose. */
  readonly isLeftClosed?: boolean;
}

/** Asks questions of generated data and compares each answer with the plain evaluation. */
async function compare({ isNonFinite = false, isLeftClosed = false }: ComparisonOptions) {
  const random = new Random(SEED);
  const series = seriesOf(
    generateData(random, { startMs: START_MS, durationMs: DURATION_MS, hosts: 6, isNonFinite }),
  );
  const source = new MemorySource(series);
  const counts = new Map<string, number>();
  const differences: string[] = [];
  let answered = 0;
  const generator = new QuestionGenerator(random, {
    fromMs: START_MS,
    durationMs: DURATION_MS,
    isRanked: true,
  });
  for (let i = 0; i < QUESTIONS; i++) {
    const question = generator.next();
    const grid = generateGrid(random);
    const actual = await evaluated(question, source, grid);
    const options = { lookbackMs: LOOKBACK_MS, isLeftClosed };
    const expected = referenceAnswer(question, series, grid, options);
    if (actual.length > 0) answered++;
    for (const name of namesIn(question)) counts.set(name, (counts.get(name) ?? 0) + 1);
    const where = `${expressionText(question)} from ${grid.startMs} by ${grid.stepMs}`;
    differences.push(...differencesOf(expected, actual).map((text) => `${where}: ${text}`));
  }
  const times = [...counts]
    .sort()
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
  console.log(`seed ${SEED}: ${answered} of ${QUESTIONS} answers have values; ${times}`);
  return { counts, differences, answered };
}

describe('evaluation', () => {
  for (const isNonFinite of [false, true]) {
    const data = isNonFinite ? 'data with NaN and infinities' : 'generated data';
    test(`${data} - have the answers of the plain evaluation`, async () => {
      const { counts, differences, answered } = await compare({ isNonFinite });
      expect(differences.slice(0, 5)).toEqual([]);
      expect(answered).toBeGreaterThanOrEqual(QUESTIONS * ANSWERED_SHARE_MIN);
      const unasked = [...EVERY_NAME, ...RANKINGS].filter((name) => !counts.has(name));
      expect(unasked).toEqual([]);
    });
  }

  test('windows with the wrong edge - are noticed by the comparison', async () => {
    const { differences } = await compare({ isLeftClosed: true });
    expect(differences.length).toBeGreaterThan(QUESTIONS);
  });
});
