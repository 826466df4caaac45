import { describe, expect, test } from 'bun:test';
import { CASES, type Case, type ExpectedValue, NOW_NS } from './cases.ts';
import {
  createParsers,
  describeValue,
  expectSame,
  type Parsers,
  type Run,
  type RunOptions,
  runParser,
  runReference,
} from './parser-runs.ts';
import type { ReferenceValue } from './reference-statement.ts';

const byLimits = new Map<string, Promise<Parsers>>();
let databases = 0;

/** Parsers with the limits of a case: one for all cases with the same. */
function parsersFor(limits: Case['limits'] = {}): Promise<Parsers> {
  const key = JSON.stringify(limits);
  const parsers = byLimits.get(key) ?? createParsers(limits);
  byLimits.set(key, parsers);
  return parsers;
}

/** Every run has a database of its own, in which nothing is defined but by the case. */
function optionsOf({ precision = 1n, defined = {}, ...item }: Case): RunOptions {
  const { oldestNs, newestNs, linesMax } = item;
  const database = `db${databases++}`;
  return { database, precision, nowNs: NOW_NS, defined, oldestNs, newestNs, linesMax };
}

function bytesOf({ body }: Case): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

describe.each([
  [
    'parser',
    ({ parser }: Parsers, body: Uint8Array, options: RunOptions) =>
      runParser(parser, body, options),
  ],
  [
    'reference',
    ({ reference }: Parsers, body: Uint8Array, options: RunOptions) =>
      runReference(reference, body, options),
  ],
] as const)('%s', (_, run) => {
  test.each(CASES.map((item) => [item.name, item] as const))('case - %s', async (_, item) => {
    const actual = run(await parsersFor(item.limits), bytesOf(item), optionsOf(item));
    expectPoints(actual, item);
    expectErrors(actual, item);
  });
});

function expectPoints(actual: Run, { points = [] }: Case): void {
  const expected = points.map(({ measurement, tags = {}, fields, time = NOW_NS }) => ({
    measurement,
    tags: Object.entries(tags)
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .flat()
      .join('\0'),
    time: String(time),
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, describeValue(typed(value))]),
    ),
  }));
  const found = actual.points.map(({ measurement, tags, time, fields }) => ({
    measurement,
    tags,
    time,
    fields,
  }));
  // Blocks bring points of other fields out of their order; equal ones are told apart by the other tests.
  const order = (list: typeof found) => list.map((point) => JSON.stringify(sorted(point))).sort();
  expect(order(found)).toEqual(order(expected));
}

function sorted<T extends { fields: Readonly<Record<string, string>> }>(point: T): T {
  const fields = Object.entries(point.fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...point, fields: Object.fromEntries(fields) };
}

function typed(value: ExpectedValue): ReferenceValue {
  switch (typeof value) {
    case 'number':
      return { type: 'float', value };
    case 'bigint':
      return { type: 'integer', value };
    case 'boolean':
      return { type: 'boolean', value };
    case 'string':
      return { type: 'string', value };
    default:
      return { type: 'unsigned', value: value.unsigned };
  }
}

function expectErrors(actual: Run, { errors = [] }: Case): void {
  const found = actual.errors.map(({ line, code }) => ({ line, code }));
  expect(found).toEqual(errors.map(({ line, code }) => ({ line, code })));
  for (const [i, { names }] of errors.entries()) {
    if (names !== undefined) expect(actual.errors[i]?.message).toContain(names);
  }
}

describe('parser and reference', () => {
  test('cases - agree on their points, their order and the errors', async () => {
    for (const item of CASES) {
      expectSame(await parsersFor(item.limits), bytesOf(item), optionsOf(item));
    }
  });

  test('cases - agree when everything comes again and again, and so is expected', async () => {
    for (const item of CASES) {
      const body = Buffer.from(bytesOf(item));
      const repeated = Buffer.concat(Array(4).fill(Buffer.concat([body, Buffer.from('\n')])));
      expectSame(await parsersFor(item.limits), repeated, optionsOf(item));
    }
  });

  test('cases - agree when cut off at every byte', async () => {
    for (const item of CASES) {
      const body = bytesOf(item);
      const parsers = await parsersFor(item.limits);
      for (let length = 0; length <= body.length; length++) {
        expectSame(parsers, body.subarray(0, length), optionsOf(item));
      }
    }
  });

  test('pieces - a body comes to the same wherever pieces cut it', async () => {
    const body = Buffer.from(
      CASES.filter(({ limits, body }) => !limits && body.length < 100)
        .map((item) => Buffer.from(bytesOf(item)).toString('latin1'))
        .join('\n'),
      'latin1',
    );
    const options = { database: 'pieces', precision: 1n, nowNs: NOW_NS };
    for (let pieceBytes = 1; pieceBytes < 400; pieceBytes += 1 + (pieceBytes >> 3)) {
      const limits = { lineBytesMax: 500, pieceBytes, ...LITTLE_MEMORY };
      expectSame(await createParsers(limits), body, options);
    }
  });
});

/** For tests that make many parsers. */
const LITTLE_MEMORY = {
  seriesMax: 1000,
  seriesBytesMax: 1 << 20,
  catalogueBytesMax: 1 << 18,
  shapesMax: 64,
  databasesMax: 10,
  openBytesTarget: 64 << 10,
  blocksMax: 256,
};
