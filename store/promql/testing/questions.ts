import type { Matcher } from '../series-source.ts';
import type { Random } from './random.ts';
import { COUNTERS, GAUGES } from './sample-data.ts';

/** What an expression asks, apart from its text: so that the reference needs no parser. */
export type Question = SelectorQuestion | WindowQuestion | AggregationQuestion;

export interface SelectorQuestion {
  readonly kind: 'selector';
  readonly matchers: readonly Matcher[];
  readonly offsetMs: number;
}

export interface WindowQuestion {
  readonly kind: 'window';
  readonly function: string;
  /** Of `quantile_over_time` alone. */
  readonly quantile?: number;
  readonly selector: SelectorQuestion;
  readonly rangeMs: number;
}

export interface AggregationQuestion {
  readonly kind: 'aggregation';
  readonly function: string;
  readonly by: boolean;
  readonly names: readonly string[];
  readonly of: Question;
}

export const WINDOW_FUNCTIONS: readonly [string, ...string[]] = [
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'last_over_time',
  'count_over_time',
  'present_over_time',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'quantile_over_time',
];
export const AGGREGATIONS: readonly [string, ...string[]] = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
];
/** Of values that are nearly equal and rounded, stddev and stdvar have few digits that mean anything. */
const PLAIN_AGGREGATIONS: readonly [string, ...string[]] = ['sum', 'avg', 'min', 'max', 'count'];
/** What they give is not rounded. */
const EXACT_FUNCTIONS = ['last_over_time', 'count_over_time', 'min_over_time', 'max_over_time'];
/** Only of these does it matter that a series is a counter. */
const COUNTER_FUNCTIONS = ['rate', 'increase', 'irate'];
const RANGES_MS: readonly [number, ...number[]] = [25_000, 60_000, 300_000, 1_200_000];
const OFFSETS_MS: readonly [number, ...number[]] = [0, 0, 10_000, 130_000];

/** A question that mostly has an answer, on what `generateData` makes. */
export function generateQuestion(random: Random): Question {
  const of = random.once(4)
    ? generateSelector(random, random.pick([...GAUGES, ...COUNTERS] as [string, ...string[]]))
    : generateWindow(random);
  if (random.once(2)) return of;
  const isExact = of.kind === 'selector' || EXACT_FUNCTIONS.includes(of.function);
  return {
    kind: 'aggregation',
    function: random.pick(isExact ? AGGREGATIONS : PLAIN_AGGREGATIONS),
    ...random.pick([
      { by: true, names: [] },
      { by: true, names: ['region'] },
      { by: true, names: ['region', 'rack', 'absent'] },
      { by: true, names: ['__name__', 'rack'] },
      { by: false, names: ['host'] },
      { by: false, names: [] },
    ]),
    of,
  };
}

function generateWindow(random: Random): WindowQuestion {
  const name = random.pick(WINDOW_FUNCTIONS);
  const metric = random.pick(COUNTER_FUNCTIONS.includes(name) ? COUNTERS : GAUGES);
  return {
    kind: 'window',
    function: name,
    selector: generateSelector(random, metric),
    rangeMs: random.pick(RANGES_MS),
    ...(name === 'quantile_over_time' && { quantile: random.pick([0, 0.25, 0.5, 0.99, 1]) }),
  };
}

function generateSelector(random: Random, metric: string): SelectorQuestion {
  const matchers: Matcher[] = [{ name: '__name__', op: '=', value: metric }];
  if (random.once(3)) {
    matchers.push(
      random.pick<Matcher>([
        { name: 'region', op: '=', value: 'us' },
        { name: 'region', op: '!=', value: 'us' },
        { name: 'host', op: '=~', value: 'host-[0-3]|nobody' },
        { name: 'host', op: '!~', value: '.*-(1|2)' },
        { name: 'absent', op: '=', value: '' },
        { name: 'absent', op: '!=', value: 'here' },
      ]),
    );
  }
  return { kind: 'selector', matchers, offsetMs: random.pick(OFFSETS_MS) };
}

/** The question as PromQL. */
export function expressionText(question: Question): string {
  switch (question.kind) {
    case 'selector':
      return selectorText(question);
    case 'window': {
      const range = selectorText(question.selector, `[${question.rangeMs}ms]`);
      const { quantile } = question;
      return `${question.function}(${quantile === undefined ? '' : `${quantile}, `}${range})`;
    }
    case 'aggregation': {
      const { by, names, of } = question;
      const grouping = `${by ? 'by' : 'without'} (${names.join(', ')})`;
      return `${question.function} ${grouping} (${expressionText(of)})`;
    }
  }
}

function selectorText({ matchers, offsetMs }: SelectorQuestion, range = ''): string {
  const pairs = matchers.map(({ name, op, value }) => `${name}${op}${JSON.stringify(value)}`);
  return `{${pairs.join(', ')}}${range}${offsetMs === 0 ? '' : ` offset ${offsetMs}ms`}`;
}
