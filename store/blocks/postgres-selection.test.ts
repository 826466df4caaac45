import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { createLogger } from '@overseer/shared';
import type { Database } from '../postgres.ts';
import { evaluateRange, parseExpression, type SeriesSource } from '../promql/mod.ts';
import { unboundedBudget } from '../promql/testing/mod.ts';
import { SamplesAlone } from '../testing/samples-alone.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import { float, type Point } from '../testing/test-ingress.ts';
import { PostgresSeries } from './postgres-series.ts';

setDefaultTimeout(60_000);

const T0_MS = Date.parse('2026-01-01T00:00:00Z');
const INTERVAL_MS = 10_000;
const POINTS = 200;
const HOSTS = ['a', 'b', 'c', 'd', 'e'];
const FIELDS = ['u', 'v', 'w'];

let stored: StoredPoints;
let source: PostgresSeries;
/** Transactions since the start, of each of which a question has one for each time that it reads a measurement. */
let transactions = 0;

beforeAll(async () => {
  stored = await StoredPoints.start();
  await stored.write(...points('cpu', FIELDS), ...points('disk', ['u']));
  source = await PostgresSeries.open(counted(stored.database), createLogger('test'));
});

afterAll(async () => {
  await stored?.stop();
});

/** Of each host a row every ten seconds, one of three without the last field. */
function points(measurement: string, fields: readonly string[]): Point[] {
  return Array.from({ length: POINTS }, (_, i) =>
    HOSTS.map((host, h): Point => {
      const given = fields.filter((_, f) => f === 0 || (i + h + f) % 3 > 0);
      return {
        database: 'db',
        measurement,
        tags: { host },
        fields: Object.fromEntries(given.map((field, f) => [field, float(1000 * f + 10 * i + h)])),
        timeNs: BigInt(T0_MS + i * INTERVAL_MS) * 1_000_000n,
      };
    }),
  ).flat();
}

function counted(database: Database): Database {
  return new Proxy(database, {
    get(target, key, receiver) {
      if (key === 'begin') transactions++;
      return Reflect.get(target, key, receiver);
    },
  });
}

async function answer(text: string, of: SeriesSource, stepMs: number) {
  const budget = unboundedBudget();
  const options = { db: 'db', source: of, budget, lookbackMs: 300_000, seriesMax: 1000 };
  const grid = { startMs: T0_MS + 600_000, stepMs, count: 3 };
  const before = transactions;
  const series: Record<string, unknown> = {};
  for await (const part of evaluateRange(parseExpression(text), grid, options)) {
    for (const { labels, values } of part) {
      const key = JSON.stringify(Object.entries(labels).sort());
      series[key] = [...values];
    }
  }
  return { series, statements: transactions - before, samples: budget.samples };
}

const named = (expression: (field: string) => string) =>
  FIELDS.map((field) => `label_replace(${expression(`cpu_${field}`)}, "of", "${field}", "", "")`);

describe('postgres selection', () => {
  for (const [text, statements, stepMs] of [
    [named((metric) => `max(max_over_time(${metric}[1m]))`).join(' or '), 1, 60_000],
    [named((metric) => `avg by (host) (avg_over_time(${metric}[5m]))`).join(' or '), 1, 300_000],
    [named((metric) => `rate(${metric}{host=~"b|d"}[2m])`).join(' or '), 1, 60_000],
    [named((metric) => `${metric}{host!="a"}`).join(' or '), 1, 60_000],
    ['cpu_u / on () group_left sum(cpu_u)', 1, 60_000],
    ['{__name__=~"cpu_.",host="b"} and on (host) cpu_v{host="b"} > 0', 1, 60_000],
    ['cpu_u + on (host) cpu_v + on (host) disk_u', 2, 60_000],
    ['{__name__=~".*_u"} + on (host, __name__) group_left () cpu_u', 1, 60_000],
    ['cpu_u{host="a"} + on () cpu_v{host="b"}', 2, 60_000],
    ['cpu_u + cpu_v offset 1m', 2, 60_000],
    ['cpu_u', 1, 60_000],
  ] as const) {
    test(`postgres selection - ${text} takes ${statements} and has the same answer`, async () => {
      const together = await answer(text, source, stepMs);
      const apart = await answer(text, new SamplesAlone(source), stepMs);
      expect(Object.keys(together.series).length).toBeGreaterThan(0);
      expect(together.series).toEqual(apart.series);
      expect(together.statements).toBe(statements);
      expect(together.samples).toBeLessThanOrEqual(apart.samples);
    });
  }

  test('postgres selection - of series that came in between each is read by itself', async () => {
    await source.refresh();
    const matchers = (field: string) => [
      { name: '__name__', op: '=' as const, value: `cpu_${field}` },
    ];
    const before = await source.select('db', matchers('u'));
    const [late] = points('cpu', ['u']);
    await stored.write({ ...(late as Point), tags: { host: 'f' } });
    await source.refresh();
    const after = await source.select('db', matchers('v'));
    expect(before.unite?.([after])).toBeUndefined();
    const again = await source.select('db', matchers('u'));
    expect(again.unite?.([after])?.selections).toEqual([again, after]);
  });
});
