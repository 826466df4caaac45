import { expect, test } from 'bun:test';
import { influxdb1 } from './dialects/influxdb1.ts';

const read = (query: string) => influxdb1.readParameters(new URLSearchParams(query));

test('write parameters - database and precision, nanoseconds when not given', () => {
  expect(read('?db=my%20db')).toEqual({ database: 'my db', precisionNs: 1n });
  expect(read('?db=d&precision=')).toEqual({ database: 'd', precisionNs: 1n });
  for (const [text, ns] of Object.entries({
    n: 1n,
    ns: 1n,
    u: 1000n,
    us: 1000n,
    µ: 1000n,
    μs: 1000n,
    ms: 1_000_000n,
    s: 1_000_000_000n,
    m: 60_000_000_000n,
    h: 3_600_000_000_000n,
    second: 1_000_000_000n,
  })) {
    expect(read(`?db=d&precision=${encodeURIComponent(text)}`).precisionNs).toBe(ns);
  }
});

test('write parameters - those that clients always send are accepted', () => {
  expect(read('?db=d&rp=autogen&consistency=one&u=me&p=secret').database).toBe('d');
});

test('write parameters - what is wrong is named', () => {
  expect(() => read('')).toThrow('parameter db is missing');
  expect(() => read('?db=')).toThrow('parameter db is missing');
  expect(() => read('?db=d&presicion=s&x')).toThrow('unknown parameter "presicion", "x"; known');
  expect(() => read('?db=d&precision=d')).toThrow('precision is "d"; valid is one of ns, us');
  expect(() => read('?db=a&db=b')).toThrow('parameter db is given more than once');
  expect(() => read('?db=a%00b')).toThrow('UTF-8 without NUL');
  expect(() => read('?db=a%FF')).toThrow('UTF-8 without NUL');
});

test('write parameters - a database name is limited in bytes', () => {
  expect(read(`?db=${'ü'.repeat(64)}`).database).toHaveLength(64);
  expect(() => read(`?db=${'ü'.repeat(65)}`)).toThrow('db has 130 bytes, the limit is 128');
});
