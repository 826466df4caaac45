import { AnswerError } from '@overseer/shared';
import { type Dependencies, dependenciesOf } from '../dependencies.ts';
import { type EvaluationOptions, evaluateInstant, evaluateRange } from '../evaluation.ts';
import { type Expression, valueTypeOf } from '../expression.ts';
import { expressionTree, formatExpression } from '../formatting/formatting.ts';
import { gridOf } from '../step-grid.ts';
import { parseExpression } from '../syntax/parser.ts';
import { every, MemorySource, type TestSeries, unboundedBudget } from '../testing/mod.ts';

/** What one expression may read and hold here. */
const SAMPLES_MAX = 20_000;
const HELD_MAX = 200_000;
const SERIES_MAX = 50;
const LOOKBACK_MS = 300_000;
const END_MS = 120_000;
const GRID = gridOf({ startMs: 0, endMs: END_MS, stepMs: 15_000 });

const UPS_AND_DOWNS = [1, 2, null, 5, 3, Number.NaN, Number.POSITIVE_INFINITY, 0, -4, 1e308, 1e308];
const SERIES: readonly TestSeries[] = [
  ...['a', 'b', 'é'].map((host) => every(10, { __name__: 'cpu', host, dc: 'x' }, UPS_AND_DOWNS)),
  every(7, { __name__: 'temperature', host: 'a' }, [20, 21.5, 19, 20]),
  every(15, { __name__: 'requests', host: 'b' }, [0, 10, 30, 5, 15]),
  every(30, { __name__: 'my.metric', 'a b': '😀' }, [1, 1, 1]),
  ...['0.5', '1', '+Inf', 'none'].map((le, i) =>
    every(20, { __name__: 'latency_bucket', le }, [i, 2 * i, 3 * i]),
  ),
];

/** A text that is quoted is cut; each of its characters may be written as six. */
const MESSAGE_CHARACTERS_MAX = 500;

/** What became of a text, in few words. */
export type Outcome = 'evaluated' | `${'refused' | 'stopped'}: ${AnswerError['kind']}`;

/**
 * Reads a text as an expression, and goes all the way with one that is.
 * @throws anything that is not an error of the kind that askers are told, or of what must hold for every expression
 */
export async function checkExpression(text: string): Promise<Outcome> {
  let expression: Expression;
  try {
    expression = parseExpression(text);
  } catch (error) {
    return `refused: ${refusalOf(error, text)}`;
  }
  checkDependencies(dependenciesOf(expression));
  checkFormats(text);
  const outcomes = [
    await evaluated(expression, optionsOver([])),
    await evaluated(expression, optionsOver(SERIES)),
  ];
  return outcomes.find((outcome) => outcome !== 'evaluated') ?? 'evaluated';
}

function refusalOf(error: unknown, text: string): AnswerError['kind'] {
  const kinds: readonly string[] = ['bad_data', 'unsupported'];
  if (!(error instanceof AnswerError) || !kinds.includes(error.kind)) throw error;
  const { line = 0, column = 0, offset = -1 } = error.position ?? {};
  const before = text.slice(0, offset).split('\n');
  const isRight =
    offset >= 0 &&
    offset <= text.length &&
    line === before.length &&
    column === (before.at(-1)?.length ?? 0) + 1;
  if (error.message.length > MESSAGE_CHARACTERS_MAX) throw new Error(`too long: ${error.message}`);
  if (isRight) return error.kind;
  throw new Error(`${JSON.stringify(error.position)} is no place: ${error.message}`);
}

function checkDependencies({ reach }: Dependencies): void {
  const times = reach(LOOKBACK_MS);
  if (!times || (times.beforeMs >= 0 && times.aheadMs >= 0)) return;
  throw new Error(`a reach of ${times.beforeMs} and ${times.aheadMs} ms`);
}

/** What is formatted is an expression still, and formatted. */
function checkFormats(text: string): void {
  let formatted: string;
  try {
    JSON.parse(expressionTree(text));
    formatted = formatExpression(text);
    if (formatExpression(formatted) === formatted) return;
  } catch (error) {
    if (error instanceof AnswerError && error.kind === 'limit') return;
    throw error;
  }
  throw new Error(`formatted again, it is not ${formatted}`);
}

function optionsOver(series: readonly TestSeries[]): EvaluationOptions {
  const tooMuch = new AnswerError('limit', 'more than an expression may take here');
  const budget = unboundedBudget();
  return {
    db: 'fuzz',
    source: new MemorySource(series),
    lookbackMs: LOOKBACK_MS,
    seriesMax: SERIES_MAX,
    budget: {
      signal: budget.signal,
      spend(samples, bytes) {
        budget.spend(samples, bytes);
        if (budget.samples > SAMPLES_MAX) throw tooMuch;
      },
      hold(values) {
        budget.hold(values);
        if (budget.held > HELD_MAX) throw tooMuch;
      },
    },
  };
}

async function evaluated(expression: Expression, options: EvaluationOptions): Promise<Outcome> {
  try {
    await evaluateInstant(expression, END_MS, options);
    const type = valueTypeOf(expression);
    if (type === 'scalar' || type === 'instant vector') {
      for await (const _ of evaluateRange(expression, GRID, options));
    }
    return 'evaluated';
  } catch (error) {
    const kinds: readonly string[] = ['bad_data', 'execution', 'limit', 'unsupported'];
    if (error instanceof AnswerError && kinds.includes(error.kind)) return `stopped: ${error.kind}`;
    throw error;
  }
}
