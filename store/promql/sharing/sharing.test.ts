import { describe, expect, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { SamplesAlone } from '../../testing/samples-alone.ts';
import type { Matcher, Selection, SelectionUnion, SeriesSource } from '../series-source.ts';
import { parseExpression } from '../syntax/parser.ts';
import { at, every, MemorySource, unboundedBudget } from '../testing/mod.ts';
import { selectorGroups } from './selector-groups.ts';

const HOSTS = ['a', 'b', 'c', 'd'];
const METRICS = ['user', 'system', 'idle'];
const SERIES = METRICS.flatMap((metric, m) =>
  HOSTS.map((host, h) => every(10, { __name__: metric, host }, [m, h, m + h, 10 * m + h])),
);

/** Tells how often it is read, and fails where it is told to. */
class WatchedSource implements SeriesSource {
  readings = 0;
  readonly #source = new MemorySource(SERIES);

  constructor(private readonly unselectable?: string) {}

  async select(db: string, matchers: readonly Matcher[]): Promise<Selection> {
    if (matchers.some(({ value }) => value === this.unselectable)) {
      throw new AnswerError('limit', `too many series of ${this.unselectable}`);
    }
    const selection = await this.#source.select(db, matchers);
    const own: Selection = {
      ...selection,
      ...this.#watched(selection),
      unite: (others) => {
        const union = selection.unite?.(others.map((other) => this.#inner.get(other) ?? other));
        if (!union) return undefined;
        return { ...union, selections: [own, ...others], reader: this.#watched(union.reader) };
      },
    };
    this.#inner.set(own, selection);
    return own;
  }

  readonly #inner = new WeakMap<Selection, Selection>();

  #watched(reader: SelectionUnion['reader']): SelectionUnion['reader'] {
    const counted = <T>(blocks: T): T => {
      this.readings++;
      return blocks;
    };
    const { readNewest } = reader;
    return {
      read: (...how) => counted(reader.read(...how)),
      ...(readNewest && { readNewest: (...how) => counted(readNewest(...how)) }),
    };
  }
}

const ask = (text: string, source: SeriesSource, more: object = {}) =>
  at(text, 30, SERIES, { source, ...more });

const groupsOf = (text: string) =>
  selectorGroups(parseExpression(text)).map((group) =>
    group.map((matchers) => matchers.find(({ name }) => name === '__name__')?.value),
  );

describe('selector groups', () => {
  for (const [text, groups] of [
    ['user', []],
    ['user + system', [['user', 'system']]],
    ['user{host="a"} + system{host="a"}', [['user', 'system']]],
    ['user{host="a",dc!="x"} + system{dc!="x",host="a"}', [['user', 'system']]],
    ['user{host="a"} + system{host="b"}', []],
    ['user{host="a"} + system{host=~"a"}', []],
    ['user / on () group_left sum(user)', [['user', 'user']]],
    ['user - user offset 1m', []],
    ['user @ 10 - system @ 10', [['user', 'system']]],
    ['user @ 10 - system @ start()', []],
    ['rate(user[5m]) + rate(system[5m])', [['user', 'system']]],
    ['rate(user[5m]) + deriv(system[5m])', [['user', 'system']]],
    ['rate(user[5m]) + rate(system[6m])', []],
    ['rate(user[5m]) + system', []],
    ['max_over_time(user[5m]) + max_over_time(system[5m])', [['user', 'system']]],
    ['max_over_time(user[5m]) - min_over_time(user[5m])', []],
    ['max_over_time(user[5m:1m]) + max_over_time(system[5m:1m])', [['user', 'system']]],
    ['max_over_time(user[5m:1m]) - min_over_time(user[5m:1m])', [['user', 'user']]],
    ['max_over_time(user[5m:1m]) + max_over_time(system[5m:2m])', []],
    ['max_over_time(user[5m:1m]) + system', []],
    [
      'user or system or rate(idle[5m]) or rate(user[5m])',
      [
        ['user', 'system'],
        ['idle', 'user'],
      ],
    ],
    ['topk(scalar(user), system)', [['user', 'system']]],
  ] as const) {
    test(`selector groups - of ${text}`, () => {
      expect(groupsOf(text)).toEqual(groups.map((group) => [...group]));
    });
  }
});

describe('shared source', () => {
  for (const [text, readings] of [
    ['user', 1],
    ['user + system', 1],
    ['user + system + idle', 1],
    ['user / on () group_left sum(user)', 1],
    ['{__name__=~"user|system"} and on (host) system > 0', 1],
    ['rate(user[1m]) or rate(system[1m]) or rate(idle[1m])', 1],
    ['max_over_time(user[30s:10s]) + max_over_time(system[30s:10s])', 1],
    ['user + system offset 10s', 2],
    ['label_replace(user, "x", "1", "", "") or label_replace(idle, "x", "2", "", "")', 1],
    ['absent(user) or absent(idle)', 1],
  ] as const) {
    test(`shared source - ${text} is read ${readings === 1 ? 'once' : `${readings} times`}, with the same answer`, async () => {
      const source = new WatchedSource();
      const apart = new SamplesAlone(new MemorySource(SERIES));
      expect(await ask(text, source)).toEqual(await ask(text, apart));
      expect(source.readings).toBe(readings);
    });
  }

  test('shared source - what is read together is spent once', async () => {
    const budget = unboundedBudget();
    await ask('sum(rate(user[1m])) / sum(rate(user[1m]))', new WatchedSource(), { budget });
    expect(budget.samples).toBe(4 * HOSTS.length);
  });

  test('shared source - a selector that can’t be selected fails as it does alone', async () => {
    const source = new WatchedSource('user');
    const failing = ask('user + system', source).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(await failing).toMatchObject({ kind: 'limit', message: 'too many series of user' });
    expect(source.readings).toBe(1);
  });

  test('shared source - a reading that fails fails the evaluation', async () => {
    const budget = {
      ...unboundedBudget(),
      spend: () => {
        throw new AnswerError('limit', 'too many samples');
      },
    };
    const failing = ask('user or system', new WatchedSource(), { budget }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(await failing).toMatchObject({ kind: 'limit', message: 'too many samples' });
  });
});
