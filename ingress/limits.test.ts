import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { DATABASE_NAMES_MAX } from './declared-databases.ts';
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

test('limits of lines - points older than their database keeps are refused, others are written', async () => {
  await using rig = await Rig.start();
  const hourMs = 3_600_000;
  const old = `m f=1 ${soon(-2 * hourMs)}`;
  expect((await rig.ingress.write(old)).status).toBe(204);
  await rig.store.announceRetentions({
    fallback: hourMs,
    databases: new Map([
      ['kept', null],
      ['ages', 5e14],
    ]),
  });
  let response = new Response();
  await waitUntil(
    async () => {
      response = await rig.ingress.write(`${old}\nm f=2`);
      return response.status === 400;
    },
    { what: 'ingress to hear of the retention', deadlineMs: 20_000 },
  );
  const { error, lines } = (await response.json()) as {
    error: string;
    lines: { line: number; message: string }[];
  };
  expect(error).toContain('dropped=1');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.message).toContain('the oldest that the retention of the database allows');
  const { url } = rig.ingress;
  for (const database of ['kept', 'ages']) {
    const write = await fetch(`${url}/write?db=${database}`, { method: 'POST', body: old });
    expect(write.status).toBe(204);
  }
});

test('names of databases - those without points take no room from those that are made', async () => {
  await using rig = await Rig.start();
  const ingress = await RunningIngress.startReady(rig.nats.url);
  const write = (database: string, body: string) =>
    fetch(`${ingress.url}/write?db=${database}`, { method: 'POST', body });
  try {
    let next = 0;
    const statuses = new Set<number>();
    const sendNames = async () => {
      while (next <= DATABASE_NAMES_MAX) statuses.add((await write(`name${next++}`, '')).status);
    };
    await Promise.all(Array.from({ length: 16 }, sendNames));
    // The one that found no room, and maybe some while the new parser was made.
    expect([...statuses].sort()).toEqual([204, 503]);
    await waitUntil(async () => (await write('made', 'm f=1')).status === 204, {
      what: 'the new parser to take points',
      deadlineMs: 20_000,
    });
    expect(ingress.ingress.databases.names()).toEqual(['made']);
  } finally {
    await ingress.stop();
  }
});
