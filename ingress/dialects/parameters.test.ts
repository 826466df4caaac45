import { expect, test } from 'bun:test';
import { influxdb1 } from './influxdb1.ts';
import { influxdb2 } from './influxdb2.ts';
import { influxdb3 } from './influxdb3.ts';

const read1 = (query: string) => influxdb1.readParameters(new URLSearchParams(query));
const read2 = (query: string) => influxdb2.readParameters(new URLSearchParams(query));
const read3 = (query: string) => influxdb3.readParameters(new URLSearchParams(query));

/** Every dialect, with a query that names a database. */
const READERS = [
  (query: string) => read1(`db=d${query}`),
  (query: string) => read2(`bucket=d${query}`),
  (query: string) => read3(`db=d${query}`),
];

const PRECISIONS_NS = {
  n: 1n,
  ns: 1n,
  nanosecond: 1n,
  u: 1000n,
  us: 1000n,
  µ: 1000n,
  μs: 1000n,
  microsecond: 1000n,
  ms: 1_000_000n,
  millisecond: 1_000_000n,
  s: 1_000_000_000n,
  second: 1_000_000_000n,
  m: 60_000_000_000n,
  minute: 60_000_000_000n,
  h: 3_600_000_000_000n,
  hour: 3_600_000_000_000n,
};

test('parameters - every spelling of a precision holds in every dialect', () => {
  for (const read of READERS) {
    for (const [text, ns] of Object.entries(PRECISIONS_NS)) {
      const query = `&precision=${encodeURIComponent(text)}`;
      expect(read(query)).toEqual({ database: 'd', precisionNs: ns, atomic: false });
    }
  }
});

test('parameters - without a precision timestamps are nanoseconds; InfluxDB 3 tells them by their size', () => {
  expect(read1('db=d').precisionNs).toBe(1n);
  expect(read1('db=d&precision=').precisionNs).toBe(1n);
  expect(read2('bucket=d').precisionNs).toBe(1n);
  expect(read3('db=d').precisionNs).toBe(0n);
  expect(read3('db=d&precision=auto').precisionNs).toBe(0n);
});

test('parameters - a precision that is none is named, with those that are', () => {
  expect(() => read1('db=d&precision=d')).toThrow('precision is "d"; valid is one of ns, us');
  expect(() => read2('bucket=d&precision=auto')).toThrow('precision is "auto"; valid is one of ns');
  expect(() => read3('db=d&precision=MS')).toThrow('precision is "MS"; valid is one of auto, ns');
});

test('parameters - those that clients always send are accepted', () => {
  expect(read1('db=my%20db&rp=&consistency=any&u=me&p=secret').database).toBe('my db');
  expect(read2('org=o&orgID=1&bucket=b&consistency=all').database).toBe('b');
  expect(read3('db=d&org=o&no_sync=true').database).toBe('d');
});

test('parameters - a retention policy of its own name is a database of its own, as InfluxDB 2 names its bucket', () => {
  for (const policy of ['', 'autogen', 'default']) {
    expect(read1(`db=telegraf&rp=${policy}`).database).toBe('telegraf');
  }
  expect(read1('db=telegraf&rp=weekly').database).toBe('telegraf/weekly');
  expect(read2('bucket=telegraf/weekly').database).toBe('telegraf/weekly');
  expect(read2('bucket=telegraf/autogen').database).toBe('telegraf');
  expect(read2('bucket=telegraf/').database).toBe('telegraf');
  expect(read2('bucket=a/b/autogen').database).toBe('a/b');
  expect(read2('bucket=/autogen').database).toBe('/autogen');
  expect(() => read1(`db=${'d'.repeat(120)}&rp=${'r'.repeat(8)}`)).toThrow(
    'db/rp has 129 bytes, the limit is 128',
  );
});

test('parameters - accept_partial=false means all lines or none', () => {
  expect(read3('db=d&accept_partial=false').atomic).toBe(true);
  expect(read3('db=d&accept_partial=true').atomic).toBe(false);
  expect(() => read3('db=d&accept_partial=0')).toThrow('accept_partial is "0"; valid is true or');
  expect(() => read3('db=d&no_sync=yes')).toThrow('no_sync is "yes"; valid is true or false');
});

test('parameters - what is missing, unknown or given twice is named', () => {
  expect(() => read1('')).toThrow('parameter db is missing');
  expect(() => read1('db=')).toThrow('parameter db is missing');
  expect(() => read2('db=d')).toThrow('unknown parameter "db"; known are bucket');
  expect(() => read2('org=o')).toThrow('parameter bucket is missing');
  expect(() => read1('db=d&presicion=s&x')).toThrow('unknown parameter "presicion", "x"; known');
  expect(() => read1('db=a&db=b')).toThrow('parameter db is given more than once');
});

test('parameters - names of databases are UTF-8 without NUL, and limited in bytes', () => {
  expect(() => read1('db=a%00b')).toThrow('UTF-8 without NUL');
  expect(() => read1('db=a%FF')).toThrow('UTF-8 without NUL');
  expect(read1(`db=${'ü'.repeat(64)}`).database).toHaveLength(64);
  expect(() => read1(`db=${'ü'.repeat(65)}`)).toThrow('db has 130 bytes, the limit is 128');
});
