import { expect, setDefaultTimeout, test } from 'bun:test';
import { Rig } from './testing/rig.ts';
import { RunningIngress } from './testing/running-ingress.ts';

setDefaultTimeout(60_000);

/** Nanoseconds since 1970. */
function soon(milliseconds: number): bigint {
  return BigInt(Date.now() + milliseconds) * 1_000_000n;
}

test('limits of lines - each error says the limit, its setting, its value and the offender', async () => {
  await using rig = await Rig.start();
  const ingress = await RunningIngress.startReady(rig.nats.url, {
    LINES_MAX: '9',
    LINE_BYTES_MAX: '1024',
    SERIES_KEY_BYTES_MAX: '64',
    STRING_BYTES_MAX: '10',
    FIELDS_PER_MEASUREMENT_MAX: '2',
    TIMES_AHEAD_MAX: '1h',
  });
  try {
    const response = await ingress.write(
      [
        'm f=1 1',
        `m f=${'1'.repeat(1100)}`,
        `m,t=${'k'.repeat(80)} f=1`,
        'm s="12345678901"',
        'm f=1,g=2,h=3',
        `m f=1 ${soon(7_200_000)}`,
        `m f=1 ${soon(1_800_000)}`,
        '',
        '',
        'm f=10',
      ].join('\n'),
    );
    expect(response.status).toBe(400);
    const { lines } = (await response.json()) as { lines: { line: number; message: string }[] };
    expect(lines.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 10]);
    const [bytes, key, text, fields, time, count] = lines.map(({ message }) => message);
    expect(bytes).toBe('the line has more bytes than 1024, the limit LINE_BYTES_MAX');
    expect(key).toMatch(
      /^the series key "m,t=k+" has \d+ bytes; the limit SERIES_KEY_BYTES_MAX is 64$/,
    );
    expect(text).toBe(
      'the string "\\"12345678901\\"" has 11 bytes; the limit STRING_BYTES_MAX is 10',
    );
    expect(fields).toContain('the limit FIELDS_PER_MEASUREMENT_MAX');
    expect(time).toMatch(/^timestamp "\d+" is after \S+Z, the newest that TIMES_AHEAD_MAX allows/);
    expect(count).toContain('more lines than 9, the limit LINES_MAX');
  } finally {
    await ingress.stop();
  }
});
