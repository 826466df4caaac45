import type { Matcher } from '../series-source.ts';
import {
  CALLS_WITH_MORE,
  COMPARISONS,
  COUNTER_FUNCTIONS,
  EXACT_AGGREGATIONS,
  EXACT_ARITHMETIC,
  EXACT_CALLS,
  EXACT_FUNCTIONS,
  EXTREMES,
  type Names,
  RANKINGS,
  ROUNDED_FUNCTIONS,
  SETS,
  STABLE_AGGREGATIONS,
  STABLE_ARITHMETIC,
  STABLE_CALLS,
  STABLE_FUNCTIONS,
} from './question-names.ts';
import type {
  BinaryQuestion,
  Question,
  SelectorQuestion,
  When,
  WindowQuestion,
} from './questions.ts';
import type { Random } from './random.ts';
import { COUNTERS, GAUGES, HISTOGRAM } from './sample-data.ts';

/** Questions that mostly have an answer, on what `generateData` makes. */
export interface GeneratorOptions {
  /** Times that `@` may name, milliseconds since 1970. */
  readonly fromMs: number;
  readonly durationMs: number;
  /** Whether to ask which series come first: of equal values that is undecided. */
  readonly isRanked: boolean;
  /** Gauges besides those of every data; of several hosts their values can be the same. */
  readonly moreGauges?: readonly string[];
  readonly subqueryRangesMs?: readonly [number, ...number[]];
}

const RANGES_MS: readonly [number, ...number[]] = [25_000, 60_000, 300_000, 1_200_000];
const SUBQUERY_STEPS_MS: readonly [number, ...number[]] = [13_000, 30_000, 60_000];
const OFFSETS_MS: readonly [number, ...number[]] = [0, 0, 0, 10_000, 130_000, -20_000];
const QUANTILES: readonly [number, ...number[]] = [0, 0.25, 0.5, 0.99, 1];

/** A question, and whether its values are such as were written, or counts. */
interface Made {
  readonly question: Question;
  readonly isExact: boolean;
}

const number = (value: number): Question => ({ kind: 'number', value });
const text = (value: string): Question => ({ kind: 'text', value });
const call = (name: string, ...given: Question[]): Question => ({
  kind: 'call',
  function: name,
  arguments: given,
});

/** Makes one question after the other. */
export class QuestionGenerator {
  /** Which of the names comes next. */
  readonly #turns = new Map<Names, number>();

  constructor(
    private readonly random: Random,
    private readonly options: GeneratorOptions,
  ) {}

  get #moreGauges(): readonly string[] {
    return this.options.moreGauges ?? [];
  }

  /** One after the other, so that each is asked often enough. */
  #inTurn(names: Names): string {
    const turn = this.#turns.get(names) ?? 0;
    this.#turns.set(names, turn + 1);
    return names[turn % names.length] ?? names[0];
  }

  next(): Question {
    const { random } = this;
    const kind = random.integer(12);
    if (kind < 2) return this.#series().question;
    if (kind < 5) return this.#aggregation(this.#series());
    if (kind < 9) return this.#call();
    return this.#binary();
  }

  /** A vector with a series for each host. */
  #series(): Made {
    const { random } = this;
    if (random.once(4)) {
      const metric = random.pick([...GAUGES, ...COUNTERS, ...this.#moreGauges]);
      return { question: this.#selector(metric), isExact: true };
    }
    if (random.once(5)) return { question: this.#subqueryWindow(), isExact: false };
    const [names, isExact] = random.pick([
      [COUNTER_FUNCTIONS, false],
      [EXACT_FUNCTIONS, true],
      [ROUNDED_FUNCTIONS, false],
    ] as const);
    const name = random.pick(names);
    const gauges = isExact ? ([...GAUGES, ...this.#moreGauges] as const) : GAUGES;
    const metric = random.pick(names === COUNTER_FUNCTIONS ? COUNTERS : gauges);
    return { question: this.#window(name, this.#selector(metric)), isExact };
  }

  #exactSeries(): Question {
    const { question, isExact } = this.#series();
    return isExact ? question : this.#selector(this.random.pick([...GAUGES, ...this.#moreGauges]));
  }

  #window(name: string, of: WindowQuestion['of']): WindowQuestion {
    const { random } = this;
    const rangeMs = random.pick(RANGES_MS);
    const plain: WindowQuestion = { kind: 'window', function: name, of, rangeMs };
    if (name === 'quantile_over_time') return { ...plain, parameter: random.pick(QUANTILES) };
    if (name === 'predict_linear') return { ...plain, parameter: random.pick([0, 30, 600]) };
    return plain;
  }

  #subqueryWindow(): WindowQuestion {
    const { random } = this;
    const isOfExact = random.once(2);
    const inner = this.#window(random.pick(EXACT_FUNCTIONS), this.#selector(random.pick(GAUGES)));
    const of = isOfExact ? this.#selector(random.pick(GAUGES)) : inner;
    const stepMs = random.pick(SUBQUERY_STEPS_MS);
    const subquery = { kind: 'subquery', of, stepMs, ...this.#when() } as const;
    return {
      ...this.#window(random.pick(isOfExact ? ROUNDED_FUNCTIONS : STABLE_FUNCTIONS), subquery),
      rangeMs: random.pick(this.options.subqueryRangesMs ?? [150_000, 400_000]),
    };
  }

  #selector(metric: string): SelectorQuestion {
    const { random } = this;
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
    return { kind: 'selector', matchers, ...this.#when() };
  }

  #when(): When {
    const { random, options } = this;
    const offsetMs = random.pick(OFFSETS_MS);
    if (!random.once(8)) return { offsetMs };
    const atMs = options.fromMs + random.integer(options.durationMs / 1000) * 1000;
    return { offsetMs, at: random.pick<number | 'start' | 'end'>([atMs, 'start', 'end']) };
  }

  #aggregation({ question: of, isExact }: Made): Question {
    const { random } = this;
    const grouping = random.pick([
      { by: true, names: [] },
      { by: true, names: ['region'] },
      { by: true, names: ['region', 'rack', 'absent'] },
      { by: true, names: ['__name__', 'rack'] },
      { by: false, names: ['host'] },
      { by: false, names: [] },
    ]);
    if (this.options.isRanked && random.once(4)) {
      const selector = this.#selector(random.pick(GAUGES));
      const ranked = random.once(2) ? selector : this.#window(random.pick(EXTREMES), selector);
      const count = random.pick([number(1), number(3), call('scalar', this.#total())]);
      const name = random.pick(RANKINGS);
      return { kind: 'aggregation', function: name, parameter: count, ...grouping, of: ranked };
    }
    const isRounded = !isExact || random.once(2);
    const name = random.pick(isRounded ? STABLE_AGGREGATIONS : EXACT_AGGREGATIONS);
    const plain = { kind: 'aggregation', function: name, ...grouping, of } as const;
    if (name === 'quantile') return { ...plain, parameter: number(random.pick(QUANTILES)) };
    return name === 'count_values' ? { ...plain, parameter: text('value') } : plain;
  }

  /** One series without labels, at every step. */
  #total(): Question {
    const of = this.#window('count_over_time', this.#selector(this.random.pick(GAUGES)));
    const left: Question = { kind: 'aggregation', function: 'count', by: true, names: [], of };
    return { kind: 'binary', operator: 'or', left, right: call('vector', number(2)) };
  }

  #call(): Question {
    const { random } = this;
    switch (random.integer(6)) {
      case 0:
        return call(this.#inTurn(STABLE_CALLS), this.#series().question);
      case 1:
      case 2:
        return call(this.#inTurn(EXACT_CALLS), this.#exactSeries());
      case 3:
        return { kind: 'negation', of: this.#series().question };
      default:
        return this.#callWithMore(this.#inTurn(CALLS_WITH_MORE));
    }
  }

  #callWithMore(name: string): Question {
    const { random } = this;
    switch (name) {
      case 'round':
        return call(name, this.#exactSeries(), number(random.pick([1, 0.5, 10, 3])));
      case 'clamp':
        return call(name, this.#series().question, number(30), number(random.pick([200, 900])));
      case 'clamp_min':
      case 'clamp_max':
        return call(name, this.#series().question, call('scalar', this.#total()));
      case 'label_replace': {
        const texts = ['zone', 'z-$1', 'host', random.pick(['host-(.*)', '.*-([0-2])'])];
        return call(name, this.#series().question, ...texts.map(text));
      }
      case 'label_join':
        return call(name, this.#series().question, ...['place', '/', 'region', 'rack'].map(text));
      case 'timestamp':
        return call(name, random.once(2) ? this.#selector('temperature') : this.#series().question);
      case 'absent':
        return call(name, random.once(2) ? this.#selector('nothing') : this.#series().question);
      case 'absent_over_time':
        return this.#window(name, this.#selector(random.pick(['nothing', 'nobody', 'requests'])));
      case 'vector':
        return call(name, random.pick([call('time'), call('scalar', this.#total()), number(7)]));
      default: {
        const rates = this.#window('rate', this.#selector(HISTOGRAM));
        const of: Question = random.once(2)
          ? rates
          : { kind: 'aggregation', function: 'sum', by: true, names: ['le', 'region'], of: rates };
        return call(name, number(random.pick([0.1, 0.5, 0.9, 0.99])), of);
      }
    }
  }

  #binary(): Question {
    const { random } = this;
    const [left, right] = [this.#series(), this.#series()];
    switch (random.integer(6)) {
      case 0:
        return this.#withScalar(left);
      case 1:
        return {
          ...this.#operation(this.#exactSeries(), this.#exactSeries(), true),
          ...this.#oneToOne(),
        };
      case 2:
        return {
          ...this.#operation(left.question, right.question, false),
          ...this.#oneToOne(),
        };
      case 3:
        return this.#manyToOne(left);
      default:
        return {
          kind: 'binary',
          operator: this.#inTurn(SETS),
          left: left.question,
          right: right.question,
          ...this.#oneToOne(),
        };
    }
  }

  #oneToOne(): Pick<BinaryQuestion, 'matching'> {
    return this.random.pick<Pick<BinaryQuestion, 'matching'>>([
      {},
      { matching: { on: true, names: ['host'] } },
      { matching: { on: true, names: ['host', 'rack', 'absent'] } },
      { matching: { on: false, names: ['region'] } },
    ]);
  }

  #withScalar({ question, isExact }: Made): Question {
    const { random } = this;
    const scalar = random.pick([
      number(3),
      number(500),
      call('time'),
      call('scalar', this.#total()),
    ]);
    const sides = random.once(2) ? ([question, scalar] as const) : ([scalar, question] as const);
    return this.#operation(...sides, isExact);
  }

  /** Rounded values are not subtracted or compared: what is left of them would have few digits. */
  #operation(left: Question, right: Question, isExact: boolean): BinaryQuestion {
    const { random } = this;
    const plain = { kind: 'binary', left, right } as const;
    if (!isExact) return { ...plain, operator: this.#inTurn(STABLE_ARITHMETIC) };
    if (random.once(2)) {
      return { ...plain, operator: this.#inTurn(EXACT_ARITHMETIC) };
    }
    return { ...plain, operator: this.#inTurn(COMPARISONS), isBool: !random.once(3) };
  }

  #manyToOne({ question: many, isExact }: Made): Question {
    const { random } = this;
    const matching = random.pick([
      { on: true, names: ['region'] },
      { on: false, names: ['host', 'rack'] },
    ]);
    const included = random.pick([[], ['rack']]);
    const of = this.#selector(random.pick(GAUGES));
    const one: Question = { kind: 'aggregation', function: 'max', by: true, names: ['region'], of };
    const isLeft = random.once(2);
    const [left, right] = isLeft ? [many, one] : [one, many];
    const group = isLeft ? 'left' : 'right';
    return { ...this.#operation(left, right, isExact), matching: { ...matching, group, included } };
  }
}
