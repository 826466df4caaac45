import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { AnswerError, createLogger, type Labels } from '@overseer/shared';
import { connectPostgres } from '../postgres.ts';
import type { Matcher, ReadBudget, Selection } from '../promql/series-source.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import { boolean, float, integer, type Point, string, unsigned } from '../testing/test-ingress.ts';
import { PostgresSeries } from './postgres-series.ts';

let stored: StoredPoints;
let source: PostgresSeries;

beforeAll(async () => {
  stored = await StoredPoints.start();
  source = await PostgresSeries.open(stored.database, createLogger('test'));
});

afterAll(async () => {
  await stored?.stop();
});

const T0_MS = Date.parse('2026-01-01T00:00:00Z');
const NS_PER_MS = 1_000_000n;
const NO_END: ReadBudget = { signal: new AbortController().signal, spend: () => undefined };

function point(
  measurement: string,
  timeMs: number,
  fields: Point['fields'],
  tags: Point['tags'] = { host: 'a' },
): Point {
  return { database: 'db', measurement, tags, fields, timeNs: BigInt(timeMs) * NS_PER_MS };
}

const equal = (name: string, value: string): Matcher => ({ name, op: '=', value });
const named = (name: string) => equal('__name__', name);

async function select(...matchers: Matcher[]): Promise<Selection> {
  await source.refresh();
  return source.select('db', matchers);
}

interface Read {
  readonly labels: Labels;
  readonly samples: readonly (readonly [timeMs: number, value: number])[];
}

/** Everything of a selection, by its labels. */
async function readAll(
  selection: Selection,
  afterMs = -Infinity,
  untilMs = Infinity,
  budget = NO_END,
): Promise<Read[]> {
  const found: Read[] = [];
  for await (const { series, offsets, times, values } of selection.read(afterMs, untilMs, budget)) {
    for (const [i, number] of series.entries()) {
      const samples: [number, number][] = [];
      for (let at = offsets[i] ?? 0; at < (offsets[i + 1] ?? 0); at++) {
        samples.push([times[at] ?? NaN, values[at] ?? NaN]);
      }
      found.push({ labels: selection.labels[number] as Labels, samples });
    }
  }
  return found.sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1));
}

/** The error that something fails with. */
async function failure(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

test('postgres series - every type is a number, strings are no metrics', async () => {
  await stored.write(
    point('types', T0_MS, {
      f: float(0.1 + 0.2),
      i: integer(-(2n ** 63n)),
      u: unsigned(2n ** 64n - 1n),
      b: boolean(true),
      s: string('text'),
    }),
    point('types', T0_MS + 1, { b: boolean(false), f: float(Infinity) }),
  );
  const found = await readAll(
    await select({ name: '__name__', op: '=~', value: 'types_.*' }, equal('host', 'a')),
  );
  expect(found).toEqual([
    {
      labels: { __name__: 'types_b', host: 'a' },
      samples: [
        [T0_MS, 1],
        [T0_MS + 1, 0],
      ],
    },
    {
      labels: { __name__: 'types_f', host: 'a' },
      samples: [
        [T0_MS, 0.1 + 0.2],
        [T0_MS + 1, Infinity],
      ],
    },
    { labels: { __name__: 'types_i', host: 'a' }, samples: [[T0_MS, -(2 ** 63)]] },
    { labels: { __name__: 'types_u', host: 'a' }, samples: [[T0_MS, 2 ** 64]] },
  ]);
});

test('postgres series - times are open at the start and closed at the end', async () => {
  const times = [0, 1, 2, 3, 4].map((i) => T0_MS + i);
  await stored.write(...times.map((time, i) => point('bounds', time, { value: float(i) })));
  const [read] = await readAll(await select(named('bounds')), T0_MS + 1, T0_MS + 3);
  expect(read?.samples).toEqual([
    [T0_MS + 2, 2],
    [T0_MS + 3, 3],
  ]);
});

test('postgres series - of points within a millisecond the last counts, also before 1970', async () => {
  for (const [name, ms] of [
    ['after', T0_MS],
    ['before', -5],
    ['long_before', -9_000_000_000_000],
  ] as const) {
    const ns = BigInt(ms) * NS_PER_MS;
    const at = (offset: bigint, value: number) => ({
      ...point(name, 0, { value: float(value) }),
      timeNs: ns + offset,
    });
    await stored.write(
      at(0n, 1),
      at(999_999n, 4),
      at(999_998n, 3),
      at(5_000n, 2),
      at(-1n, 0),
      at(1_000_000n, 5),
    );
    const [read] = await readAll(await select(named(name)));
    expect(read?.samples).toEqual([
      [ms - 1, 0],
      [ms, 4],
      [ms + 1, 5],
    ]);
    const [bounded] = await readAll(await select(named(name)), ms - 1, ms);
    expect(bounded?.samples).toEqual([[ms, 4]]);
  }
});

test('postgres series - rows that came late are in order', async () => {
  const order = [5, 3, 4, 0, 9, 1, 8, 2, 7, 6];
  const points = order.flatMap((i) =>
    ['a', 'b'].map((host) => point('late', T0_MS + i * 1000, { value: float(i) }, { host })),
  );
  await stored.write(...points);
  const found = await readAll(await select(named('late')));
  expect(found).toHaveLength(2);
  for (const { samples } of found) {
    expect(samples).toEqual(order.toSorted((a, b) => a - b).map((i) => [T0_MS + i * 1000, i]));
  }
});

test('postgres series - two measurements that make one metric are its union', async () => {
  await stored.write(
    point('cpu', T0_MS, { usage_idle: float(1) }, { host: 'a' }),
    point('cpu_usage', T0_MS, { idle: float(2) }, { host: 'b' }),
    point('cpu_usage_idle', T0_MS, { value: float(3) }, { host: 'c' }),
    point('cpu_usage_idle', T0_MS, { other: float(4) }, { host: 'd' }),
  );
  const found = await readAll(
    await select(named('cpu_usage_idle'), { name: 'host', op: '!=', value: 'd' }),
  );
  expect(found.map(({ labels, samples }) => [labels.host, samples])).toEqual([
    ['a', [[T0_MS, 1]]],
    ['b', [[T0_MS, 2]]],
    ['c', [[T0_MS, 3]]],
  ]);
});

test('postgres series - identical labels of two measurements are an error that names both', async () => {
  await stored.write(
    point('twin', T0_MS, { a_b: float(1) }, { host: 'x', zone: 'z' }),
    point('twin_a', T0_MS, { b: float(2) }, { host: 'x', zone: 'z' }),
    point('twin_a', T0_MS, { b: float(2) }, { host: 'y' }),
  );
  const error = (await failure(() => select(named('twin_a_b')))) as AnswerError;
  expect(error).toBeInstanceOf(AnswerError);
  expect(error.kind).toBe('execution');
  expect(error.message).toContain('field "a_b" of measurement "twin"');
  expect(error.message).toContain('field "b" of measurement "twin_a"');
  expect(error.message).toContain('twin_a_b{host="x", zone="z"}');
  expect(await readAll(await select(named('twin_a_b'), equal('host', 'y')))).toHaveLength(1);
});

test('postgres series - a tag called __name__ does not take the place of the metric', async () => {
  await stored.write(point('named', T0_MS, { value: float(1) }, { __name__: 'fake', host: 'a' }));
  const selection = await select(named('named'));
  expect(selection.labels).toEqual([{ __name__: 'named', host: 'a' }]);
  expect((await select(named('fake'))).labels).toEqual([]);
  await stored.write(point('named', T0_MS, { value: float(2) }, { __name__: 'other', host: 'a' }));
  const error = (await failure(() => select(named('named')))) as AnswerError;
  expect(error.kind).toBe('execution');
});

test('postgres series - series are told to PostgreSQL or sifted here, with the same answer', async () => {
  const hosts = Array.from({ length: 50 }, (_, i) => `host${i}`);
  await stored.write(
    ...hosts.map((host, i) => point('sift', T0_MS + i, { value: float(i) }, { host })),
  );
  for (const count of [1, 3, 20, 30, 50]) {
    const pattern = hosts.slice(0, count).join('|');
    const found = await readAll(
      await select(named('sift'), { name: 'host', op: '=~', value: pattern }),
    );
    expect(found.map(({ labels }) => labels.host)).toEqual(hosts.slice(0, count).sort());
    for (const { labels, samples } of found) {
      const i = Number(labels.host?.slice('host'.length));
      expect(samples).toEqual([[T0_MS + i, i]]);
    }
  }
});

test('postgres series - a field that is new between refresh and reading, and a table that is gone, do no harm', async () => {
  await stored.write(point('changing', T0_MS, { value: float(1) }));
  const selection = await select(named('changing'));
  const fine = {
    ...point('changing', 0, { late: float(2) }),
    timeNs: BigInt(T0_MS) * NS_PER_MS + 1n,
  };
  await stored.write(fine);
  expect(await readAll(selection)).toHaveLength(1);
  expect(await readAll(await select(named('changing_late')))).toHaveLength(1);
  await stored.database.unsafe(`DROP TABLE ${stored.table(fine).name} CASCADE`);
  expect(await readAll(selection)).toEqual([]);
});

test('postgres series - many measurements are read together, but for one that is gone', async () => {
  const finerNs = (i: number) => (i % 3 === 0 ? 1n : 0n);
  const points = Array.from({ length: 70 }, (_, i) => ({
    ...point(`small_${i}`, 0, {
      value: float(i),
      ...(i % 2 === 0 && { other: integer(BigInt(i)) }),
    }),
    timeNs: BigInt(T0_MS + i) * NS_PER_MS + finerNs(i),
  }));
  await stored.write(...points);
  const selection = await select({ name: '__name__', op: '=~', value: 'small_.*' });
  const expected = points.flatMap(({ measurement }, i): Read[] => {
    const samples: Read['samples'] = [[T0_MS + i, i]];
    const value = { labels: { __name__: measurement, host: 'a' }, samples };
    if (i % 2 === 1) return [value];
    return [value, { labels: { __name__: `${measurement}_other`, host: 'a' }, samples }];
  });
  const byName = (a: Read, b: Read) =>
    String(a.labels.__name__) < String(b.labels.__name__) ? -1 : 1;
  expect((await readAll(selection)).sort(byName)).toEqual(expected.sort(byName));
  const gone = points[40] as Point;
  await stored.database.unsafe(`DROP TABLE ${stored.table(gone).name} CASCADE`);
  const left = expected.filter(({ labels }) => !labels.__name__?.startsWith(gone.measurement));
  expect((await readAll(selection)).sort(byName)).toEqual(left);
});

test('postgres series - more series than the limit are an error that names it', async () => {
  const limited = await PostgresSeries.open(stored.database, createLogger('test'), {
    seriesMax: 2,
  });
  await stored.write(
    ...['a', 'b', 'c'].map((host) => point('many', T0_MS, { value: float(1) }, { host })),
  );
  await limited.refresh();
  const error = (await failure(() => limited.select('db', [named('many')]))) as AnswerError;
  expect(error.kind).toBe('limit');
  expect(error.message).toContain('3 series, more than the limit of 2');
  expect(
    (await limited.select('db', [named('many'), { name: 'host', op: '!=', value: 'a' }])).labels,
  ).toHaveLength(2);
});

describe('postgres series with millions of samples', () => {
  const hosts = 100;
  const rows = 1_500_000;

  beforeAll(async () => {
    const points = Array.from({ length: hosts }, (_, i) =>
      point('big', T0_MS, { value: float(0) }, { host: `host${i}` }),
    );
    await stored.write(...points);
    const { id, name } = stored.table({ database: 'db', measurement: 'big' });
    const day = 86_400;
    for (let i = 1; i <= 10; i++) {
      await stored.partitions.ensure(stored.table({ database: 'db', measurement: 'big' }), [
        T0_MS / 1000 + i * day,
      ]);
    }
    await stored.database.unsafe(`TRUNCATE ${name}`);
    await stored.database.unsafe(`
      WITH hosts AS (
        SELECT id, row_number() OVER () - 1 AS number FROM overseer.series WHERE measurement_id = ${id}
      )
      INSERT INTO ${name} (time, series, f${fieldId()})
      SELECT to_timestamp(${T0_MS / 1000}) + (i / ${hosts}) * interval '200 ms', hosts.id, i
      FROM generate_series(0, ${rows - 1}) i JOIN hosts ON hosts.number = i % ${hosts}
      ORDER BY i`);
  }, 120_000);

  function fieldId(): number {
    const field = stored.table({ database: 'db', measurement: 'big' }).fields.get('value');
    if (!field) throw new Error('no field');
    return field.id;
  }

  test('a stream of more than fifty megabytes - comes whole, each series once and in order', async () => {
    const selection = await select(named('big'));
    let bytes = 0;
    let samples = 0;
    const seen = new Set<number>();
    const budget: ReadBudget = {
      ...NO_END,
      spend: (spentSamples, spentBytes) => {
        samples += spentSamples;
        bytes += spentBytes;
      },
    };
    let sum = 0;
    for await (const { series, offsets, times, values } of selection.read(0, Infinity, budget)) {
      for (const [i, number] of series.entries()) {
        expect(seen.has(number)).toBe(false);
        seen.add(number);
        for (let at = offsets[i] ?? 0; at < (offsets[i + 1] ?? 0); at++) {
          sum += values[at] ?? NaN;
          if (at > (offsets[i] ?? 0) && !((times[at] ?? 0) > (times[at - 1] ?? 0))) {
            throw new Error('times are not ascending');
          }
        }
      }
    }
    expect(seen.size).toBe(hosts);
    expect(samples).toBe(rows);
    expect(bytes).toBeGreaterThan(50_000_000);
    expect(sum).toBe((rows * (rows - 1)) / 2);
  });

  test('a budget that is spent - ends the reading early', async () => {
    const selection = await select(named('big'));
    const limit = new AnswerError('limit', 'enough');
    let samples = 0;
    const budget: ReadBudget = {
      ...NO_END,
      spend: (spent) => {
        samples += spent;
        if (samples > 10_000) throw limit;
      },
    };
    expect(await failure(() => readAll(selection, 0, Infinity, budget))).toBe(limit);
    expect(samples).toBeLessThan(rows / 10);
    expect(await readAll(selection, T0_MS - 1, T0_MS)).toHaveLength(hosts);
  });

  test('an aborted reading - fails with the reason, and the next one is answered', async () => {
    const selection = await select(named('big'));
    const controller = new AbortController();
    const canceled = new AnswerError('canceled', 'the question was canceled');
    const budget: ReadBudget = {
      signal: controller.signal,
      spend: () => controller.abort(canceled),
    };
    expect(await failure(() => readAll(selection, 0, Infinity, budget))).toBe(canceled);
    expect(await failure(() => readAll(selection, 0, Infinity, budget))).toBe(canceled);
    expect(await readAll(selection, T0_MS - 1, T0_MS)).toHaveLength(hosts);
  });

  test('a reading that PostgreSQL ends - is a timeout', async () => {
    const hurried = connectPostgres(stored.server.url, 'test', 2, { statement_timeout: 200 });
    try {
      const hurriedSource = await PostgresSeries.open(hurried, createLogger('test'));
      const selection = await hurriedSource.select('db', [named('big')]);
      expect(await failure(() => readAll(selection))).toMatchObject({ kind: 'timeout' });
    } finally {
      await hurried.end({ timeout: 1 });
    }
  });
});
