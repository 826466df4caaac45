import { afterAll, beforeAll, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { type Bucket, encodeFields, SCHEMA_BUCKET, schemaKey } from '@overseer/shared';
import { Rig } from './testing/rig.ts';

/** Each parser has memory for millions of series: making one for each of them took minutes. */
const MEASUREMENTS = 500;
const DELETED_AT_ONCE = 16;
const DEADLINE_MS = 30_000;

let rig: Rig;
let schema: Bucket;

beforeAll(async () => {
  rig = await Rig.start();
  schema = await rig.store.bus.bucket(SCHEMA_BUCKET);
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
});

async function write(database: string, body: string): Promise<[status: number, text: string]> {
  const response = await rig.ingress.get(`/write?db=${database}`, { method: 'POST', body });
  return [response.status, await response.text()];
}

const takesText = (database: string, measurement: string) =>
  waitUntil(async () => (await write(database, `${measurement} v="text"`))[0] === 204, {
    what: 'text to be taken where there were numbers',
    deadlineMs: DEADLINE_MS,
  });

test('assembler - while all measurements of a database go, others are written to', async () => {
  const names = Array.from({ length: MEASUREMENTS }, (_, i) => `m${i}`);
  const lines = names.map((name) => `${name} v=1`);
  expect(await write('going', lines.join('\n'))).toEqual([204, '']);
  expect(await write('staying', 'm v=1')).toEqual([204, '']);
  let isGone = false;
  const statuses = new Set<number>();
  const writing = (async () => {
    while (!isGone) {
      const [status] = await write('staying', 'm v=2');
      statuses.add(status);
      // Who was caught by the change of parsers sends again, and finds the next one ready.
      if (status !== 204) expect(await write('staying', 'm v=2')).toEqual([204, '']);
      expect(rig.ingress.ingress.readiness.missing).toEqual({});
    }
  })();
  const left = names.values();
  const deleter = async () => {
    for (const name of left) await schema.delete(schemaKey('going', name));
  };
  await Promise.all(Array.from({ length: DELETED_AT_ONCE }, deleter));
  await takesText('going', 'm0');
  isGone = true;
  await writing;
  expect(statuses).toContain(204);
});

test('assembler - a measurement that becomes another has its new types, and no others', async () => {
  expect(await write('other', 'm v=1')).toEqual([204, '']);
  await schema.put(schemaKey('other', 'm'), encodeFields([{ name: 'v', type: 'string' }]));
  await takesText('other', 'm');
  const [status, text] = await write('other', 'm v=1');
  expect(status).toBe(400);
  expect(text).toContain('v');
});
