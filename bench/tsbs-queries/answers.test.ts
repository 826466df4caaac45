import { describe, expect, test } from 'bun:test';
import { Random } from '../random.ts';
import { AnswerBook, findDifference, readApiAnswer, readSqlAnswer } from './answers.ts';
import { apiRequest, standardExpression, victoriaMetricsExpression } from './expressions.ts';
import { coveredMs } from './question-trace.ts';
import { drawQuestion, type Question, type Region, TSBS_QUERIES } from './questions.ts';

const HOUR_MS = 3_600_000;
const FROM_MS = 1_767_225_600_000;
const REGION: Region = { hosts: 100, fromMs: FROM_MS, toMs: FROM_MS + 13 * HOUR_MS };

const question = (name: string, seed = 1): Question => {
  const query = TSBS_QUERIES.find((found) => found.name === name);
  if (query === undefined) throw new Error(`there is no query ${name}`);
  return drawQuestion(query, REGION, new Random(seed));
};

const matrix = (...result: object[]) => JSON.stringify({ status: 'success', data: { result } });
const bytes = (text: string) => new TextEncoder().encode(text);

describe('questions', () => {
  test('of a seed - are the same for all askers, and lie in the region at whole minutes or hours', () => {
    for (const query of TSBS_QUERIES) {
      const [one, other] = [new Random(5), new Random(5)];
      for (let turn = 0; turn < 50; turn++) {
        const drawn = drawQuestion(query, REGION, one);
        expect(drawQuestion(query, REGION, other)).toEqual(drawn);
        expect(drawn.fromMs).toBeGreaterThanOrEqual(REGION.fromMs);
        expect(drawn.toMs).toBeLessThanOrEqual(REGION.toMs);
        expect(drawn.fromMs % (query.shape.includes('hour') ? HOUR_MS : 60_000)).toBe(0);
        expect(new Set(drawn.hosts).size).toBe(query.hosts);
      }
    }
  });

  test('rows - are those of the hosts in the window', () => {
    expect(question('single-groupby-5-8-1').rows).toBe(8 * 360);
    expect(question('double-groupby-1').rows).toBe(100 * 12 * 360);
    expect(question('lastpoint').rows).toBe(100);
    expect(question('groupby-orderby-limit').rows).toBe(100 * 30);
  });

  test('a region that is too small - is an error', () => {
    const [, longer] = TSBS_QUERIES;
    const small = { ...REGION, toMs: FROM_MS + HOUR_MS };
    expect(() =>
      drawQuestion(longer as (typeof TSBS_QUERIES)[number], small, new Random(1)),
    ).toThrow("don't fit");
  });
});

describe('expressions', () => {
  const one = { ...question('single-groupby-1-1-1'), hosts: ['host_3'] };
  const two = { ...question('double-groupby-5'), fields: ['usage_user', 'usage_idle'] };

  test('of one field - are the same, but that names are kept', () => {
    const range = 'max_over_time(cpu_usage_user{hostname="host_3"}[1m])';
    expect(standardExpression(one)).toBe(`max (${range})`);
    expect(victoriaMetricsExpression(one)).toBe(`max by (__name__) (${range})`);
  });

  test('of several fields - are one of each, or one where functions keep names', () => {
    const mean = (field: string) =>
      `label_replace(avg by (hostname) (avg_over_time(cpu_${field}[1h])), "field", "${field}", "", "")`;
    expect(standardExpression(two)).toBe(`${mean('usage_user')} or ${mean('usage_idle')}`);
    expect(victoriaMetricsExpression(two)).toBe(
      'avg by (__name__, hostname) (avg_over_time({__name__=~"cpu_(usage_user|usage_idle)"}[1h]))',
    );
  });

  test('of what TSBS has no PromQL for - are the same of all', () => {
    for (const name of ['lastpoint', 'high-cpu-all', 'high-cpu-1'])
      expect(standardExpression(question(name))).toBe(victoriaMetricsExpression(question(name)));
  });

  test('steps - end with the last line of each group', () => {
    const parameters = new URLSearchParams(apiRequest(one, 'x').replace('query_range?', ''));
    expect(Number(parameters.get('start'))).toBe(one.fromMs / 1000 + 50);
    expect(Number(parameters.get('end'))).toBe(one.toMs / 1000 - 10);
    expect(parameters.get('step')).toBe('60');
  });
});

describe('answers', () => {
  const { hosts, ...rest } = question('double-groupby-1');
  const asked: Question = { ...rest, hosts };

  test('of the API and of SQL - take the same form', () => {
    const api = readApiAnswer(
      asked,
      matrix(
        { metric: { hostname: 'host_1' }, values: [[(FROM_MS + HOUR_MS) / 1000 - 10, '1.5']] },
        { metric: { hostname: 'host_2' }, values: [[(FROM_MS + HOUR_MS) / 1000 - 10, '2']] },
      ),
    );
    const sql = readSqlAnswer(asked, {
      columns: ['hour', 'hostname', 'mean_usage_user'],
      rows: [
        [bytes('2026-01-01 00:00:00+00'), bytes('host_2'), bytes('2')],
        [bytes('2026-01-01 00:00:00+00'), bytes('host_1'), bytes('1.5000000000001')],
      ],
    });
    expect(findDifference(sql, api)).toBeUndefined();
    expect([...api]).toEqual([
      ['usage_user host_1', [FROM_MS, 1.5]],
      ['usage_user host_2', [FROM_MS, 2]],
    ]);
  });

  test('differences - of series, of how many values, of times and values are told', () => {
    const one = new Map([['a', [1, 2]]]);
    expect(findDifference(one, new Map())).toBe('0 series instead of 1');
    expect(findDifference(one, new Map([['b', [1, 2]]]))).toBe('a: 0 values instead of 1');
    expect(findDifference(one, new Map([['a', [1, 2.1]]]))).toBe('a: 2.1 instead of 2, number 0');
    expect(findDifference(one, new Map([['a', [3, 2]]]))).toBe('a: 3 instead of 1, number 0');
    expect(findDifference(one, new Map([['a', [1, 2 + 1e-12]]]))).toBeUndefined();
  });

  test('errors - and what is asked twice in one answer fail', () => {
    expect(() => readApiAnswer(asked, '{"status":"error","error":"too many"}')).toThrow('too many');
    const twice = { metric: { hostname: 'host_1' }, values: [] };
    expect(() => readApiAnswer(asked, matrix(twice, twice))).toThrow('two series of');
  });

  test('a book - compares each answer with the first, and takes none for nothing but of high values', () => {
    const book = new AnswerBook();
    book.check(0, 'last', 'one', new Map([['a', [1, 2]]]));
    expect(() => book.check(0, 'last', 'other', new Map([['a', [1, 3]]]))).toThrow(
      'other differs from one: a: 3 instead of 2',
    );
    expect(() => book.check(1, 'last', 'one', new Map())).toThrow('answers nothing');
    book.check(2, 'high', 'one', new Map());
    book.check(2, 'high', 'other', new Map());
    book.forgetBefore(1);
    book.check(0, 'last', 'other', new Map([['a', [1, 3]]]));
  });
});

describe('time of spans', () => {
  test('those at the same time - count once', () => {
    const span = (fromMs: number, toMs: number) => ({
      startNs: BigInt(fromMs) * 1_000_000n,
      endNs: BigInt(toMs) * 1_000_000n,
    });
    expect(coveredMs([])).toBe(0);
    expect(coveredMs([span(5, 9), span(0, 4), span(2, 6), span(3, 4), span(20, 21)])).toBe(10);
  });
});
