import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { POINTS_STREAM } from '@overseer/shared';
import { Rig } from './testing/rig.ts';
import type { RunningIngress } from './testing/running-ingress.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 30_000;
const MEBIBYTE = 1024 ** 2;

/** Telegraf drops the points of an answer with one of these, whatever its status. */
const WORDS_THAT_DROP_POINTS = /partial write|unable to parse|points beyond retention policy/;

/** Checks that an answer makes clients keep their points and try again. */
async function expectTryAgain(response: Response): Promise<string> {
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  const { error } = (await response.json()) as { error: string };
  expect(error).not.toMatch(WORDS_THAT_DROP_POINTS);
  return error;
}

async function missing(ingress: RunningIngress): Promise<Record<string, string>> {
  const response = await ingress.get('/ready');
  const body = (await response.json()) as { missing?: Record<string, string> };
  return body.missing ?? {};
}

function untilMissing(ingress: RunningIngress, requirement: string, reason: RegExp) {
  return waitUntil(async () => reason.test((await missing(ingress))[requirement] ?? ''), {
    what: `${requirement} to be missing because of ${reason}`,
    deadlineMs: DEADLINE_MS,
  });
}

test('readiness - says what is missing until the store has prepared NATS', async () => {
  await using rig = await Rig.startUnprepared();
  const { ingress, store } = rig;
  expect(Object.keys(await missing(ingress)).sort()).toEqual([
    'control',
    'installation',
    'parser',
    'schema',
    'stream',
  ]);
  const health = await ingress.get('/health');
  expect([health.status, await health.json()]).toMatchObject([503, { status: 'fail' }]);
  expect(await expectTryAgain(await ingress.write('m f=1'))).toContain('not ready');
  await store.makeBuckets();
  await untilMissing(ingress, 'stream', /there is no stream POINTS/);
  await store.announceInstallation({ id: '00000001', seed: new Uint8Array(16) });
  await waitUntil(async () => Object.keys(await missing(ingress)).length === 2, {
    what: 'only the stream and the parser to be missing',
    deadlineMs: DEADLINE_MS,
  });
  await store.makeStream();
  await ingress.becomes(true);
  expect((await ingress.write('m f=1')).status).toBe(204);
});

test('readiness - a stream of another kind is not written to', async () => {
  await using rig = await Rig.start();
  await rig.store.bus.deleteStream(POINTS_STREAM);
  await untilMissing(rig.ingress, 'stream', /there is no stream POINTS/);
  await rig.store.makeStream({ format: 3 });
  await untilMissing(rig.ingress, 'stream', /for batches of format "3"/);
  await rig.store.bus.deleteStream(POINTS_STREAM);
  await rig.store.makeStream({ storage: 'memory' });
  await untilMissing(rig.ingress, 'stream', /must be on file/);
  await rig.store.bus.deleteStream(POINTS_STREAM);
  await rig.store.makeStream({ partitions: 3 });
  await untilMissing(rig.ingress, 'stream', /"3" partitions.*power of two/);
  await expectTryAgain(await rig.ingress.write('m f=1'));
});

test('batches - are packed when the stream says that every store reads them', async () => {
  await using rig = await Rig.start({}, { partitions: 1 });
  const lines = Array.from({ length: 100 }, (_, i) => `m f=1,i=2i ${i}`).join('\n');
  const written = async () => {
    expect((await rig.ingress.write(lines)).status).toBe(204);
    const [stored] = await rig.store.batches();
    return stored?.batch.blocks[0]?.columns.map((column) => 'codes' in column);
  };
  expect(await written()).toEqual([true, true]);
  await rig.store.bus.deleteStream(POINTS_STREAM);
  await untilMissing(rig.ingress, 'stream', /there is no stream POINTS/);
  await rig.store.makeStream({ partitions: 1, format: 1 });
  await waitUntil(async () => (await rig.ingress.write('')).status === 204, {
    what: 'ingress to find the stream',
    deadlineMs: 20_000,
  });
  expect(await written()).toEqual([false, false]);
});

test('recovery - a stream made anew with other partitions is written to by its own', async () => {
  await using rig = await Rig.start({}, { partitions: 2 });
  const lines = Array.from({ length: 100 }, (_, i) => `m,host=h${i} f=1 1`).join('\n');
  expect((await rig.ingress.write(lines)).status).toBe(204);
  await rig.store.bus.deleteStream(POINTS_STREAM);
  await rig.store.makeStream({ partitions: 8 });
  const isSpread = async () => {
    const { status } = await rig.ingress.write(lines);
    const partitions = new Set((await rig.store.batches()).map(({ partition }) => partition));
    return status === 204 && partitions.size === 8;
  };
  await waitUntil(isSpread, { what: 'eight partitions', deadlineMs: DEADLINE_MS });
});

test('recovery - NATS killed means 503 at once, NATS back means 204 without help', async () => {
  await using rig = await Rig.start();
  expect((await rig.ingress.write('m f=1 1')).status).toBe(204);
  await rig.nats.kill();
  await rig.ingress.becomes(false);
  await expectTryAgain(await rig.ingress.write('m f=2 2'));
  expect(Object.keys(await missing(rig.ingress))).toContain('nats');
  await rig.nats.restart();
  await rig.ingress.becomes(true);
  expect((await rig.ingress.write('m f=3 3')).status).toBe(204);
});

test('recovery - writes under way when NATS is killed are told to come again', async () => {
  await using rig = await Rig.start();
  expect((await rig.ingress.write('m f=1 1')).status).toBe(204);
  await rig.nats.kill('SIGSTOP');
  const answers = Promise.all([rig.ingress.write('m f=2 2'), rig.ingress.write('m f=3 3')]);
  await waitUntil(() => rig.ingress.ingress.bodies.bytes > 0, {
    what: 'the writes to be under way',
    deadlineMs: DEADLINE_MS,
  });
  await rig.nats.kill();
  for (const answer of await answers) await expectTryAgain(answer);
  expect(rig.ingress.ingress.bodies.bytes).toBe(0);
});

test('recovery - a full stream means 503, room in it means 204 without help', async () => {
  await using rig = await Rig.start({}, { partitions: 1, bytesMax: MEBIBYTE });
  const text = 'x'.repeat(60_000);
  const body = Array.from({ length: 8 }, (_, i) => `m s="${text}" ${i}`).join('\n');
  const statuses: number[] = [];
  while (!statuses.includes(503)) {
    const response = await rig.ingress.write(body);
    statuses.push(response.status);
    if (response.status === 503) await expectFull(response);
    expect(statuses.length).toBeLessThan(10);
  }
  expect(statuses).toContain(204);
  await rig.store.bus.purgeBefore(POINTS_STREAM, 1000);
  expect((await rig.ingress.write(body)).status).toBe(204);
});

async function expectFull(response: Response): Promise<void> {
  expect(await expectTryAgain(response)).toContain('no room');
}
