import type { Excuses } from '../excuses.ts';
import { EXAMPLE_STEPS, exampleFields } from '../prometheus-differences.ts';
import { QuestionGenerator } from '../question-generator.ts';
import { RANKINGS } from '../question-names.ts';
import { expressionText, namesIn, type Question, rangeText } from '../questions.ts';
import { Random } from '../random.ts';
import { generateData, type TestField, TYPED_GAUGES } from '../sample-data.ts';
import { answerDifferences } from './answer-comparison.ts';
import type { StrictAnswer } from './strict-answer.ts';
import type { Parameters, Twins } from './twins.ts';

/** Of all data; no sample of generated questions lies at a full second, so none at an edge. */
export const START_MS = 1_700_000_000_000;
const DURATION_MS = 3_600_000;
const HOSTS = 6;
const DIFFERENCES_SHOWN = 3;

/** What one seed stands for: the data of its questions, and beside them those of examples. */
export function fieldsOf(seed: number): TestField[] {
  const options = { startMs: START_MS, durationMs: DURATION_MS, hosts: HOSTS };
  return [
    ...generateData(new Random(seed), { ...options, isPlain: true, hasTypes: true }),
    ...exampleFields(START_MS),
  ];
}

export interface Outcome {
  readonly asked: number;
  /** Answers that are not empty. */
  readonly answered: number;
  /** How often each function and operator was asked for. */
  readonly counts: ReadonlyMap<string, number>;
  readonly differences: readonly string[];
}

interface Asked {
  readonly names: readonly string[];
  readonly path: '/query' | '/query_range';
  readonly parameters: Parameters;
  readonly isOrdered: boolean;
}

/** Asks generated questions of both, and compares. */
export async function askGenerated(
  twins: Twins,
  excuses: Excuses,
  { seed, questions }: { readonly seed: number; readonly questions: number },
): Promise<Outcome> {
  const random = new Random(seed);
  const generator = new QuestionGenerator(random, {
    fromMs: START_MS,
    durationMs: DURATION_MS,
    isRanked: true,
    moreGauges: TYPED_GAUGES,
    subqueryRangesMs: [150_500, 400_500],
  });
  const counts = new Map<string, number>();
  const differences: string[] = [];
  let answered = 0;
  for (let i = 0; i < questions; i++) {
    const { names, path, parameters, isOrdered } = askedFor(generator.next(), random);
    const { expected, actual } = await twins.ask(path, parameters);
    const found = excuses.differences(names, (leniency) =>
      answerDifferences(expected, actual, { ...leniency, isOrdered }),
    );
    const where = `seed ${seed}: ${path} ${JSON.stringify(parameters)}`;
    differences.push(...found.slice(0, DIFFERENCES_SHOWN).map((text) => `${where}: ${text}`));
    for (const name of [...names, path]) counts.set(name, (counts.get(name) ?? 0) + 1);
    if (hasValues(expected)) answered++;
  }
  return { asked: questions, answered, counts, differences };
}

/** How a question is asked: of a time, of many, and now and then for nothing but the samples of its range. */
function askedFor(question: Question, random: Random): Asked {
  const names = namesIn(question);
  const startS = START_MS / 1000 + random.integer(DURATION_MS / 20_000) * 10;
  const query = expressionText(question);
  if (random.once(2)) {
    const stepS = random.pick([7, 10, 15, 60, 400]);
    const endS = startS + random.integer(40) * stepS;
    const parameters = { query, start: `${startS}`, end: `${endS}`, step: `${stepS}` };
    return { names, path: '/query_range', parameters, isOrdered: false };
  }
  const time = `${startS}`;
  if (question.kind === 'window' && random.once(3)) {
    const parameters = { query: rangeText(question), time };
    return { names: ['samples', ...names.slice(1)], path: '/query', parameters, isOrdered: false };
  }
  return { names, path: '/query', parameters: { query, time }, isOrdered: isOrdered(question) };
}

/** Whether the series of a vector have an order. */
function isOrdered(question: Question): boolean {
  if (question.kind === 'call') return question.function.startsWith('sort');
  if (question.kind !== 'aggregation' || !RANKINGS.includes(question.function)) return false;
  return question.by && question.names.length === 0;
}

function hasValues(answer: StrictAnswer): boolean {
  return 'sample' in answer || ('series' in answer && answer.series.length > 0);
}

/** Asks what the known differences say that is answered otherwise. @returns what is answered the same */
export async function askExamples(twins: Twins, excuses: Excuses): Promise<string[]> {
  const same: string[] = [];
  const { startMs, endMs, stepMs } = EXAMPLE_STEPS;
  const times = {
    start: `${(START_MS + startMs) / 1000}`,
    end: `${(START_MS + endMs) / 1000}`,
    step: `${stepMs / 1000}`,
  };
  for (const { what, examples } of excuses.known) {
    for (const query of examples) {
      const { expected, actual } = await twins.ask('/query_range', { query, ...times });
      if (answerDifferences(expected, actual).length === 0) same.push(`${query}: ${what}`);
    }
  }
  return same;
}
