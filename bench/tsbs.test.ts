import { describe, expect, test } from 'bun:test';
import { type Body, BodyMaker } from './lines.ts';
import { openLoad } from './loads.ts';
import { type CpuOnlyOptions, CpuOnlyWalk, FIELDS } from './tsbs.ts';

const LOAD: CpuOnlyOptions = {
  hosts: 100,
  seed: 42,
  startNs: 1_767_225_600_000_000_000n,
  values: 'integers',
};

function textOf(bodies: Body[]): string {
  return bodies.map((body) => new TextDecoder().decode(body.bytes)).join('');
}

/** Bodies of a load with one sender. */
function bodiesOf(options: Partial<CpuOnlyOptions>, lines: number, bodyBytesMax: number): Body[] {
  return new BodyMaker(openLoad({ ...LOAD, ...options }), bodyBytesMax, 1).make(lines).flat();
}

function generate(options: Partial<CpuOnlyOptions>, lines: number, bodyBytesMax = 65_536): string {
  return textOf(bodiesOf(options, lines, bodyBytesMax));
}

function sha256(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex');
}

function linesOf(options: Partial<CpuOnlyOptions>, lines = 300): string[] {
  return generate(options, lines).trimEnd().split('\n');
}

describe('tsbs', () => {
  test('lines - the first 10,000 of a seed are the same bytes everywhere', () => {
    expect(sha256(generate({}, 10_000))).toBe(
      '6d05491c9b450f99490c31f5c301517b723f0b03343e66eceb7a1de14c4b2820',
    );
    expect(sha256(generate({ values: 'decimals' }, 10_000))).toBe(
      'abdf7e0e13fe0d54bb8383d77fb7ee216a6c71a78b13d931cdf4f51dd569bd96',
    );
  });

  test('lines - another seed gives other bytes', () => {
    expect(generate({ seed: 43 }, 10)).not.toBe(generate({}, 10));
  });

  test('lines - have ten tags, ten fields in order, and a time', () => {
    const tags =
      'hostname=host_\\d+,region=[a-z-]+-\\d,datacenter=[a-z-]+-\\d[a-e],rack=\\d+,os=Ubuntu[\\w.]+,' +
      'arch=x\\d\\d,team=\\w+,service=\\d+,service_version=\\d,service_environment=\\w+';
    const form = (value: string) =>
      new RegExp(`^cpu,${tags} ${FIELDS.map((field) => `${field}=${value}`).join(',')} \\d{19}$`);
    for (const line of linesOf({})) expect(line).toMatch(form('\\d+i'));
    for (const line of linesOf({ values: 'decimals' }))
      expect(line).toMatch(form('\\d+(\\.\\d{1,2})?'));
  });

  test('lines - every host once, then all again 10 s later with the same tags', () => {
    const lines = linesOf({ hosts: 3 }, 7);
    const times = lines.map(
      (line) => (BigInt(line.split(' ')[2] ?? '') - LOAD.startNs) / 1_000_000_000n,
    );
    expect(times).toEqual([0n, 0n, 0n, 10n, 10n, 10n, 20n]);
    const tags = lines.map((line) => line.split(' ')[0]);
    expect(tags.slice(3, 6)).toEqual(tags.slice(0, 3));
    expect(new Set(tags).size).toBe(3);
  });

  test("lines - the bytes don't depend on how they are cut into bodies", () => {
    expect(generate({}, 1000, 1024)).toBe(generate({}, 1000, 1_000_000));
  });

  test('bodies - hold whole lines, stay within their limit and count their lines', () => {
    const bodies = bodiesOf({}, 1000, 4096);
    for (const body of bodies) {
      expect(body.bytes.length).toBeLessThanOrEqual(4096);
      expect(body.bytes.at(-1)).toBe(10);
      expect(textOf([body]).trimEnd().split('\n').length).toBe(body.lines);
    }
    expect(bodies.reduce((lines, body) => lines + body.lines, 0)).toBe(1000);
  });

  test('bodies - of several senders have every line once, those of a host in order at one sender', () => {
    const queues = new BodyMaker(openLoad(LOAD), 4096, 3).make(1050).map(textOf);
    const lines = queues.map((text) => text.trimEnd().split('\n'));
    expect(lines.flat().toSorted()).toEqual(linesOf({}, 1050).toSorted());
    const hostOf = (line: string) => line.split(',')[1] ?? '';
    const hosts = lines.map((ofSender) => new Set(ofSender.map(hostOf)));
    expect(hosts.map((ofSender) => ofSender.size)).toEqual([34, 34, 32]);
    expect(new Set(hosts.flatMap((ofSender) => [...ofSender])).size).toBe(100);
    for (const ofSender of lines) {
      const times = ofSender.map((line) => line.slice(-19));
      expect(times).toEqual(times.toSorted());
    }
  });

  test('walks - start anywhere in 0 to 100, stay there, and step by N(0, 1)', () => {
    const walk = new CpuOnlyWalk({ ...LOAD, hosts: 1, values: 'decimals' });
    const steps: number[] = [];
    let previous = walk.value(0) / 100;
    for (let point = 0; point < 20_000; point++) {
      walk.advance();
      const value = walk.value(0) / 100;
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(100);
      // At the walls steps are cut; only those away from them show the distribution.
      if (previous > 6 && previous < 94) steps.push(value - previous);
      previous = value;
    }
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    const variance = steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / steps.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  test('options - a load without hosts is refused', () => {
    expect(() => new CpuOnlyWalk({ ...LOAD, hosts: 0 })).toThrow('at least one host');
  });
});
