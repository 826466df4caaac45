import { describe, expect, test } from 'bun:test';
import { metricName } from '@overseer/shared/metric-name';
import type { CatalogueMeasurement } from './catalogue.ts';
import { firstPickable, layOutTree, newestDatabase, newestOf, type TreeOptions } from './tree.ts';

function measurement(name: string, fields: string[], newestMs: number | null = 0) {
  return {
    name,
    fields: fields.map((text) => {
      const [field = '', type = 'float'] = text.split(':');
      return { name: field, type, metric: metricName(name, field) };
    }),
    tagKeys: [],
    seriesCount: 1,
    newestMs,
    lastWriteMs: null,
  } as CatalogueMeasurement;
}

const HOST = [
  measurement('cpu', ['usage_idle', 'usage_user'], 5000),
  measurement('net', ['name:string', 'bytes'], 9000),
  measurement('load', ['value'], null),
];

const ids = (options: Partial<TreeOptions>, measurements = HOST) =>
  layOutTree(measurements, { search: '', opened: new Map(), ...options }).rows.map(({ id }) =>
    id.replace('\0', '.'),
  );

describe('the tree of the catalogue', () => {
  test('a small one - is open', () => {
    expect(ids({})).toEqual([
      ...['cpu', 'cpu.usage_idle', 'cpu.usage_user'],
      ...['net', 'net.name', 'net.bytes'],
      ...['load', 'load.value'],
    ]);
  });

  test('what the user closed - is closed', () => {
    expect(ids({ opened: new Map([['cpu', false]]) })).toEqual([
      ...['cpu', 'net', 'net.name', 'net.bytes', 'load', 'load.value'],
    ]);
  });

  test('a search - needs all words, in the names of measurement or field', () => {
    expect(ids({ search: 'CPU idle' })).toEqual(['cpu', 'cpu.usage_idle']);
    expect(ids({ search: 'usage_user' })).toEqual(['cpu', 'cpu.usage_user']);
    expect(ids({ search: 'nowhere' })).toEqual([]);
  });

  test('a large one - is closed, cut, and open where the search leads', () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      measurement(`m${index}`, ['a', 'b', 'c']),
    );
    const tree = layOutTree(many, { search: '', opened: new Map() });
    expect(tree.rows.every(({ kind }) => kind === 'measurement')).toBe(true);
    expect(tree.rows.length + tree.hiddenCount).toBe(500);
    expect(ids({ search: 'm499 b' }, many)).toEqual(['m499', 'm499.b']);
  });

  test('names with dots - are rows of their own', () => {
    const dotted = [measurement('a', ['b', 'b.c']), measurement('a.b', ['c'])];
    const { rows } = layOutTree(dotted, { search: '', opened: new Map() });
    expect(new Set(rows.map(({ id }) => id)).size).toBe(5);
  });
});

describe('the catalogue', () => {
  test('the first field to be drawn - is no text', () => {
    expect(firstPickable(HOST.slice(1))?.metric).toBe('net_bytes');
    expect(firstPickable([measurement('log', ['line:string'])])).toBeUndefined();
  });

  test('the newest sample - is that of the metrics mentioned', () => {
    expect(newestOf(HOST, new Set(['cpu_usage_idle', 'sum']))).toBe(5000);
    expect(newestOf(HOST, new Set(['cpu_usage_idle', 'net_bytes']))).toBe(9000);
    expect(newestOf(HOST, new Set(['load']))).toBeUndefined();
    expect(newestOf(HOST, new Set())).toBeUndefined();
    expect(newestOf([measurement('moon', ['value'], -5000)], new Set(['moon']))).toBe(-5000);
  });
});

describe('the database of a page that was not told which', () => {
  const database = (name: string, newestMs: number) => ({
    name,
    measurements: [measurement('m', ['f'], newestMs)],
  });

  test('several - the one that was written to last', () => {
    const [old, fresh] = [database('old', 1), database('fresh', 2)];
    expect(newestDatabase([old, fresh, { name: 'empty', measurements: [] }])).toBe(fresh);
  });

  test("Overseer's own - is never chosen, also where it is all there is", () => {
    const own = database('_overseer', 9);
    expect(newestDatabase([own])).toBeUndefined();
    expect(newestDatabase([own, database('demo', 1)])?.name).toBe('demo');
  });
});
