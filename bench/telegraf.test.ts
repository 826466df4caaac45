import { describe, expect, test } from 'bun:test';
import { PARSER_LIMITS } from '@overseer/wasm';
import { ReferenceParser } from '@overseer/wasm/reference';
import { BodyMaker, LINE_BYTES_MAX } from './lines.ts';
import { openLoad } from './loads.ts';
import { type AgentsOptions, AgentWalk, SERIES_PER_HOST, VALUES_PER_HOST } from './telegraf.ts';

const LOAD: AgentsOptions = { hosts: 40, seed: 42, startNs: 10n ** 18n, values: 'mixed' };
const ROUND = LOAD.hosts * SERIES_PER_HOST;

function bytesOf(options: Partial<AgentsOptions>, lines: number): Uint8Array {
  const bodies = new BodyMaker(openLoad({ ...LOAD, ...options }), 65_536, 1).make(lines).flat();
  return Buffer.concat(bodies.map(({ bytes }) => bytes));
}

function parse(bytes: Uint8Array) {
  const parser = new ReferenceParser({
    seed: new Uint8Array(16),
    partitions: 4,
    limits: PARSER_LIMITS,
    idBits: 64,
  });
  return parser.parse(bytes, { database: 'test', precision: 1n, nowNs: 7n });
}

describe('telegraf', () => {
  test('values - are as many a host as it says', () => {
    const { points } = parse(bytesOf({}, ROUND));
    const values = points.reduce((sum, { fields }) => sum + fields.size, 0);
    expect(values).toBe(LOAD.hosts * VALUES_PER_HOST);
  });

  test('lines - of a seed are the same bytes everywhere', () => {
    const sha256 = (bytes: Uint8Array) =>
      new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
    expect(sha256(bytesOf({}, ROUND))).toBe(
      'a530f1a701475e3e4edb3156de56f79dadc48c47737b34bdc86911e37ec48daa',
    );
    expect(sha256(bytesOf({ seed: 43 }, 100))).not.toBe(sha256(bytesOf({}, 100)));
  });

  test('lines - are all valid, of many measurements, with fields of all kinds', () => {
    const { points, errors } = parse(bytesOf({}, 2 * ROUND));
    expect(errors).toEqual([]);
    expect(points).toHaveLength(2 * ROUND);
    expect(new Set(points.map(({ measurement }) => measurement)).size).toBeGreaterThan(60);
    const types = new Set(
      points.flatMap(({ fields }) => [...fields.values()].map(({ type }) => type)),
    );
    expect([...types].toSorted()).toEqual(['boolean', 'float', 'integer', 'string']);
  });

  test('lines - every series once a round, half of them without a time', () => {
    const { points } = parse(bytesOf({}, 2 * ROUND));
    const round = points.slice(0, ROUND);
    expect(new Set(round.map(({ series }) => series)).size).toBe(ROUND);
    expect(new Set(points.map(({ series }) => series)).size).toBe(ROUND);
    expect(round.filter(({ timeNs }) => timeNs === 7n)).toHaveLength(ROUND / 2);
    const times = new Set(points.map(({ timeNs }) => timeNs));
    expect([...times].toSorted()).toEqual([LOAD.startNs, LOAD.startNs + 10_000_000_000n, 7n]);
  });

  test('lines - stay within their limit', () => {
    const walk = new AgentWalk({ ...LOAD, hosts: 4000 });
    const target = new Uint8Array(2 * LINE_BYTES_MAX);
    let longest = 0;
    for (let line = 0; line < 4000 * SERIES_PER_HOST; line++)
      longest = Math.max(longest, walk.writeLine(target, 0));
    expect(longest).toBeLessThan(LINE_BYTES_MAX);
  });

  test('options - a load without hosts is refused', () => {
    expect(() => openLoad({ ...LOAD, hosts: 0 })).toThrow('at least one host');
  });
});
