import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { POINTS_STREAM } from '@overseer/shared';
import { announcedTags, pointsOf } from './testing/points.ts';
import { Rig } from './testing/rig.ts';
import type { TestStore } from './testing/test-store.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;

/** Tags that the newest batch announces. */
async function newestAnnouncement(store: TestStore): Promise<string[]> {
  const batches = await store.batches();
  const newest = batches.reduce((a, b) => (a.sequence > b.sequence ? a : b));
  return [...announcedTags([newest.batch]).values()].sort();
}

test('series - announced until the watermark passes their first batch', async () => {
  await using rig = await Rig.start({}, { partitions: 1 });
  await rig.ingress.write('m,host=a f=1 1');
  expect(await newestAnnouncement(rig.store)).toEqual(['host=a']);
  await rig.ingress.write('m,host=a f=2 2');
  expect(await newestAnnouncement(rig.store)).toEqual(['host=a']);
  await rig.store.advanceWatermarks();
  const isSilent = async () => {
    await rig.ingress.write('m,host=a f=3 3');
    return (await newestAnnouncement(rig.store)).length === 0;
  };
  await waitUntil(isSilent, { what: 'announcements to stop', deadlineMs: DEADLINE_MS });
  await rig.ingress.write('m,host=a f=4 4\nm,host=b f=4 4');
  expect(await newestAnnouncement(rig.store)).toEqual(['host=b']);
});

test('series - announced again to a stream that was made anew', async () => {
  await using rig = await Rig.start({}, { partitions: 1 });
  await rig.ingress.write('m,host=a f=1 1');
  await rig.store.advanceWatermarks();
  await waitUntil(() => rig.ingress.ingress.announcementsPending === 0, {
    what: 'the announcement to be confirmed',
    deadlineMs: DEADLINE_MS,
  });
  await rig.store.bus.deleteStream(POINTS_STREAM);
  await rig.ingress.becomes(false);
  await rig.store.makeStream({ partitions: 1 });
  await rig.ingress.becomes(true);
  expect((await rig.ingress.write('m,host=a f=2 2')).status).toBe(204);
  expect(await newestAnnouncement(rig.store)).toEqual(['host=a']);
});

test('series - announced again, with other ids, for another installation', async () => {
  await using rig = await Rig.start({}, { partitions: 1 });
  await rig.ingress.write('m,host=a f=1 1');
  await rig.store.advanceWatermarks();
  await waitUntil(() => rig.ingress.ingress.announcementsPending === 0, {
    what: 'the announcement to be confirmed',
    deadlineMs: DEADLINE_MS,
  });
  await rig.store.announceInstallation({ id: 'fedcba98', seed: new Uint8Array(16).fill(2) });
  const isWritten = async () => {
    await rig.ingress.write('m,host=a f=2 2');
    return (await rig.store.batches()).at(-1)?.batch.installation === 'fedcba98';
  };
  await waitUntil(isWritten, { what: 'the other installation', deadlineMs: DEADLINE_MS });
  expect(await newestAnnouncement(rig.store)).toEqual(['host=a']);
  const batches = (await rig.store.batches()).map(({ batch }) => batch);
  const ids = pointsOf(batches).map(({ series }) => series);
  expect(new Set(ids).size).toBe(2);
});

test('series - one whose id belongs to another key is refused from then on', async () => {
  await using rig = await Rig.start({}, { partitions: 1 });
  await rig.ingress.write('m,host=a f=1 1');
  const batches = (await rig.store.batches()).map(({ batch }) => batch);
  const [point] = pointsOf(batches);
  await rig.store.reportCollision(point?.series ?? 0n, 1n);
  const isRefused = async () => (await rig.ingress.write('m,host=a f=1 1')).status === 400;
  await waitUntil(isRefused, { what: 'the collision to be known', deadlineMs: DEADLINE_MS });
  const response = await rig.ingress.write('m,host=b f=1 1\nm,host=a f=1 1');
  expect(await response.json()).toMatchObject({ accepted: 1, dropped: 1, lines: [{ line: 2 }] });
});

test('series - more of them than the cache holds are written all the same, under load', async () => {
  await using rig = await Rig.start({
    SERIES_CACHE_BYTES_MAX: '1MiB',
    PUBLISH_IN_FLIGHT_MAX: '1',
    COALESCE_MS: '0',
  });
  expect((await rig.ingress.write('m,host=known f=1i 0')).status).toBe(204);
  let isOver = false;
  const others = Array.from({ length: 4 }, async () => {
    while (!isOver) expect((await rig.ingress.write('m,host=known f=1i 0')).status).toBe(204);
  });
  const senders = Array.from({ length: 4 }, async (_, sender) => {
    const lines = Array.from({ length: 5000 }, (_, i) => `m,host=h${sender}_${i} f=${i}i 1`);
    expect((await rig.ingress.write(lines.join('\n'))).status).toBe(204);
  });
  await Promise.all(senders);
  isOver = true;
  await Promise.all(others);
  const metrics = await (await rig.ingress.get('/metrics')).text();
  expect(Number(/_series_cache_resets_total\{.*\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(1);
  const batches = (await rig.store.batches()).map(({ batch }) => batch);
  const written = pointsOf(batches).filter(({ timeNs }) => timeNs === 1n);
  expect(new Set(written.map(({ series }) => series)).size).toBe(20_000);
  expect(announcedTags(batches).size).toBe(20_001);
});
