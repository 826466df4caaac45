import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  type AnswerSeries,
  differencesOf,
  expressionText,
  generateData,
  namesIn,
  type Question,
  QuestionGenerator,
  Random,
  referenceAnswer,
  seriesOf,
  type TestField,
  type TestSeries,
} from '../promql/testing/mod.ts';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import {
  float,
  integer,
  type Point,
  string,
  unsigned,
  type Value,
} from '../testing/test-ingress.ts';
import { askStore, matrixOf, type StoreAnswer, vectorOf } from './testing/store-answer.ts';

/**
 * Points go the whole way, from the stream through tables and queries to an answer, which a plain evaluation over the same points must
 * give too.
 */

const SEED = 20_260_101;
const QUESTIONS = 500;
/** 2026-01-01T00:00:00Z */
const T0_MS = 1_767_225_600_000;
const DURATION_MS = 1_800_000;
const HOSTS = 6;
const BATCH_POINTS = 400;
const LOOKBACK_MS = 120_000;
/** Some fields are of another type than float; their values are whole then. */
const TYPES: Readonly<Record<string, (value: number) => Value>> = {
  bytes_sent: (value) => unsigned(BigInt(value)),
  requests: (value) => integer(BigInt(value)),
};

let pipeline: Pipeline;
let series: readonly TestSeries[];

beforeAll(async () => {
  pipeline = await startPipeline();
  const random = new Random(SEED);
  const fields = generateData(random, {
    startMs: T0_MS,
    durationMs: DURATION_MS,
    hosts: HOSTS,
    isNonFinite: true,
  }).map(wholeWhereTyped);
  series = seriesOf(fields);
  await writeOutOfOrder(random, fields);
}, 60_000);

afterAll(async () => {
  await pipeline?.stop();
});

const typeOf = ({ measurement, field }: TestField) =>
  TYPES[field === 'value' ? measurement : field] ?? float;

function wholeWhereTyped(field: TestField): TestField {
  if (typeOf(field) === float) return field;
  return { ...field, values: field.values.map(Math.floor) };
}

/**
 * First some points with other values, which are overwritten or are earlier within their millisecond; then all, shuffled, and some
 * of them once more.
 */
async function writeOutOfOrder(random: Random, fields: readonly TestField[]): Promise<void> {
  const decoys = fields.flatMap((field) =>
    pointsOf(field, () => 777, random.integer(2) * 1000 + 1).filter(() => random.once(10)),
  );
  const points = fields.flatMap((field) => pointsOf(field, (value) => value, 1001));
  const again = points.filter(() => random.once(5));
  await writeInBatches(shuffled(random, decoys));
  await writeInBatches(shuffled(random, [...points, ...again]));
}

/** @param offsetNs within the millisecond */
function pointsOf(field: TestField, change: (value: number) => number, offsetNs: number): Point[] {
  const typed = typeOf(field);
  return field.times.map((time, i) => ({
    database: 'db',
    measurement: field.measurement,
    tags: field.tags,
    fields: {
      [field.field]: typed(change(field.values[i] as number)),
      ...(i % 7 === 0 && { note: string('text is no metric') }),
    },
    timeNs: BigInt(time) * 1_000_000n + BigInt(offsetNs),
  }));
}

async function writeInBatches(points: readonly Point[]): Promise<void> {
  for (let from = 0; from < points.length; from += BATCH_POINTS) {
    await pipeline.ingress.write(...points.slice(from, from + BATCH_POINTS));
  }
  await pipeline.settled();
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const other = random.integer(i + 1);
    [all[i], all[other]] = [all[other] as T, all[i] as T];
  }
  return all;
}

interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

function generateGrid(random: Random): Grid {
  const startMs = T0_MS + 300_000 + random.integer(100) * 10_000;
  if (random.once(4)) return { startMs, stepMs: 1, count: 1 };
  return {
    startMs,
    stepMs: random.pick([5000, 10_000, 17_000, 61_003]),
    count: 1 + random.integer(40),
  };
}

/** The answer of the store: of an instant query where there is but one step. */
async function storeAnswer(question: Question, grid: Grid): Promise<AnswerSeries[]> {
  const { startMs, stepMs, count } = grid;
  const request = { db: 'db', expr: expressionText(question), lookbackMs: LOOKBACK_MS };
  const ask = (kind: 'instant' | 'range', times: object): Promise<StoreAnswer> =>
    askStore(pipeline.ingress.bus, kind, { ...request, ...times });
  if (count > 1) {
    return matrixOf(await ask('range', { startMs, stepMs, endMs: startMs + (count - 1) * stepMs }));
  }
  const vector = vectorOf(await ask('instant', { timeMs: startMs }));
  return vector.map(({ labels, value }) => ({ labels, values: [value] }));
}

test('answers - are those of a plain evaluation over the points that were written', async () => {
  const random = new Random(SEED + 1);
  const asked = new Map<string, number>();
  let [answered, broken] = [0, 0];
  // Which of equal values comes first follows from the numbers of series, which the reference does not know.
  const generator = new QuestionGenerator(random, {
    fromMs: T0_MS,
    durationMs: DURATION_MS,
    isRanked: false,
  });
  for (let i = 0; i < QUESTIONS; i++) {
    const question = generator.next();
    const grid = generateGrid(random);
    const options = { lookbackMs: LOOKBACK_MS };
    const expected = referenceAnswer(question, series, grid, options);
    const actual = await storeAnswer(question, grid);
    const differences = differencesOf(expected, actual);
    if (differences.length > 0) {
      throw new Error(
        `seed ${SEED}, ${expressionText(question)} at ${JSON.stringify(grid)}:\n${differences.slice(0, 5).join('\n')}`,
      );
    }
    for (const name of namesIn(question)) asked.set(name, (asked.get(name) ?? 0) + 1);
    if (expected.length > 0) answered++;
    const wrong = referenceAnswer(question, series, grid, { ...options, isLeftClosed: true });
    if (differencesOf(wrong, actual).length > 0) broken++;
  }
  console.log(
    `seed ${SEED}: ${answered} of ${QUESTIONS} answers not empty; windows closed to the left seen in ${broken};`,
    Object.fromEntries([...asked].sort()),
  );
  expect(answered).toBeGreaterThanOrEqual(QUESTIONS * 0.9);
  // A reference whose windows have the wrong edge is noticed.
  expect(broken).toBeGreaterThan(0);
}, 120_000);
