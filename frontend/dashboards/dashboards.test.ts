import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { DASHBOARDS_BUCKET } from '@overseer/shared';
import { BUCKET, DashboardRig, dashboardOf } from '../testing/dashboard-rig.ts';
import { RunningFrontend } from '../testing/running-frontend.ts';
import { DASHBOARDS_MAX } from './dashboard-shelf.ts';
import type { DashboardRevision } from './protocol.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;
const MISSING = { headers: { 'if-none-match': '*' } } as const;

describe('dashboards over HTTP', () => {
  let rig: DashboardRig;

  beforeAll(async () => {
    rig = await DashboardRig.start();
  });

  afterAll(() => rig?.[Symbol.asyncDispose]());

  test('a new one - gets an id of its title, and is read as it was sent', async () => {
    const spec = dashboardOf('Räume & Öfen', 'room_temperature');
    const { status, headers, data } = await rig.create(spec);
    expect(status).toBe(201);
    expect(data.id).toMatch(/^raume-ofen-[a-z0-9]{8}$/);
    expect(headers.get('etag')).toBe(`"${data.revision}"`);
    const read = await rig.read(data.id);
    expect(read.data).toEqual({ ...data, spec });
    expect(data).toMatchObject({
      savedBy: null,
      isBuiltin: false,
      isDeleted: false,
      canSave: true,
    });
    expect(Math.abs(Date.now() - data.savedAtMs)).toBeLessThan(60_000);
  });

  test('the list - has built-in ones first, then those of others by title, at once', async () => {
    const created = [await rig.create(dashboardOf('B')), await rig.create(dashboardOf('A'))];
    const { data } = await rig.list();
    expect(data.slice(0, 2).map(({ id, isBuiltin, canSave }) => [id, isBuiltin, canSave])).toEqual([
      ['host', true, false],
      ['pipeline', true, false],
    ]);
    const ours = data.filter(({ id }) => created.some((one) => one.data.id === id));
    expect(ours.map(({ title }) => title)).toEqual(['A', 'B']);
  });

  test('an id of one’s own - makes one that is not there yet', async () => {
    const body = { v: 1, spec: dashboardOf('Mine') };
    const made = await rig.ask('PUT', '/my-own', { body, ...MISSING });
    expect([made.status, made.data.id]).toEqual([201, 'my-own']);
    const again = await rig.ask('PUT', '/my-own', { body, ...MISSING });
    expect(again.status).toBe(412);
    expect(again.problem.current?.revision).toBe(made.data.revision);
  });

  test('a save - goes from one revision to the next; one that comes too late is told what there is', async () => {
    const { data: first } = await rig.create(dashboardOf('First'));
    const second = await rig.save(first.id, dashboardOf('Second'), first.revision);
    expect(second.status).toBe(200);
    expect(second.data.revision).toBeGreaterThan(first.revision);
    const late = await rig.save(first.id, dashboardOf('Late'), first.revision);
    expect(late.status).toBe(412);
    expect(late.problem).toMatchObject({ status: 'error', errorType: 'conflict' });
    expect(late.problem.current).toEqual({ ...second.data, spec: dashboardOf('Second') });
    expect((await rig.read(first.id)).data.title).toBe('Second');
  });

  test('two saves of one revision at the same moment - one is told of the other', async () => {
    const { data: first } = await rig.create(dashboardOf('Race'));
    const saves = await Promise.all(
      ['One', 'Two', 'Three'].map((title) =>
        rig.save(first.id, dashboardOf(title), first.revision),
      ),
    );
    expect(saves.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    const won = saves.find(({ status }) => status === 200)?.data;
    for (const { status, problem } of saves) {
      if (status === 412) expect(problem.current?.revision).toBe(won?.revision ?? 0);
    }
  });

  test('a save without a revision - is refused: it might overwrite what it does not know', async () => {
    const { data } = await rig.create(dashboardOf('Careful'));
    const body = { v: 1, spec: dashboardOf('Careless') };
    const { status, problem } = await rig.ask('PUT', `/${data.id}`, { body });
    expect(status).toBe(428);
    expect(problem.error).toContain('If-Match');
  });

  test('history - tells of each save, and brings each back', async () => {
    const { data: first } = await rig.create(dashboardOf('One', 'a', 'b'));
    const { data: second } = await rig.save(first.id, dashboardOf('Two'), first.revision);
    const old = await rig.read(first.id, `?revision=${first.revision}`);
    expect(old.data.spec).toEqual(dashboardOf('One', 'a', 'b'));
    const restored = await rig.ask('POST', `/${first.id}/restore`, {
      body: { revision: first.revision },
      headers: { 'if-match': `"${second.revision}"` },
    });
    expect(restored.data.title).toBe('One');
    const history = await rig.ask<DashboardRevision[]>('GET', `/${first.id}/history`);
    expect(history.data.map(({ revision, title, panels }) => [revision, title, panels])).toEqual([
      [restored.data.revision, 'One', 2],
      [second.revision, 'Two', 0],
      [first.revision, 'One', 2],
    ]);
    expect((await rig.read(first.id, '?revision=999999')).status).toBe(404);
  });

  test('a deleted one - leaves the list, says so, and comes back', async () => {
    const { data: first } = await rig.create(dashboardOf('Gone', 'a'));
    const headers = { 'if-match': `"${first.revision}"` };
    const deleted = await rig.ask('DELETE', `/${first.id}`, { headers });
    expect(deleted.data).toMatchObject({ isDeleted: true, title: 'Gone' });
    const idsOf = async (query: string) => (await rig.list(query)).data.map(({ id }) => id);
    expect(await idsOf('')).not.toContain(first.id);
    expect(await idsOf('?deleted=true')).toContain(first.id);
    expect((await rig.read(first.id)).data.isDeleted).toBe(true);
    const late = await rig.save(first.id, dashboardOf('Edited'), first.revision);
    expect([late.status, late.problem.current?.isDeleted]).toEqual([412, true]);
    const restored = await rig.ask('POST', `/${first.id}/restore`, {
      body: { revision: first.revision },
      headers: { 'if-match': `"${deleted.data.revision}"` },
    });
    expect(restored.data.isDeleted).toBe(false);
    expect(await idsOf('')).toContain(first.id);
  });

  test('what is built in - is read without change, and not to be changed', async () => {
    const host = await rig.read('host');
    expect(host.data).toMatchObject({ id: 'host', isBuiltin: true, revision: 0, canSave: false });
    const save = await rig.save('host', host.data.spec, 0);
    expect([save.status, save.problem.errorType]).toEqual([403, 'forbidden']);
    expect(save.problem.error).toContain('copy');
    const copy = await rig.create({ ...host.data.spec, title: 'Mine' });
    expect((await rig.read(copy.data.id)).data.spec.panels).toEqual(host.data.spec.panels);
    expect((await rig.ask('GET', '/host/history')).data).toEqual([] as never);
  });

  test('what is no dashboard - is told with its place', async () => {
    const [panel] = dashboardOf('Odd', 'a').panels;
    const spec = {
      ...dashboardOf('Odd'),
      panels: [{ ...panel, spec: { ...panel?.spec, unit: 'miles' } }],
    };
    const { status, problem } = await rig.ask('POST', '', { body: { v: 1, spec } });
    expect(status).toBe(400);
    expect(problem.mistakes).toEqual([
      {
        path: 'spec.panels[0].spec.unit',
        message: expect.stringMatching(/^one of none, .*"miles"$/),
      },
    ]);
    const bad = [
      await rig.ask('POST', '', { body: '{' }),
      await rig.ask('POST', '', { body: '{}', headers: { 'content-type': 'text/plain' } }),
      await rig.ask('GET', '/no..such'),
      await rig.ask('GET', '/no-such'),
      await rig.ask('PATCH', '/no-such'),
      await rig.save('no-such', dashboardOf('No'), 1),
      await rig.ask('POST', '', { body: `"${'x'.repeat(300_000)}"` }),
    ];
    expect(bad.map((one) => one.status)).toEqual([400, 400, 404, 404, 405, 404, 413]);
    for (const one of bad) expect(one.problem.status).toBe('error');
  });

  test('another site - may not change anything', async () => {
    const headers = { origin: 'http://elsewhere.example' };
    const { status, problem } = await rig.create(dashboardOf('Theirs'), headers);
    expect([status, problem.errorType]).toEqual([403, 'forbidden']);
    expect((await rig.list()).data.map(({ title }) => title)).not.toContain('Theirs');
  });

  test('an entry that nobody can read - is left out, counted, and never overwritten', async () => {
    await rig.bucket.put('garbled', Buffer.from('{"v": 1, "spec": {'));
    await rig.bucket.put('later', Buffer.from('{"v": 99, "spec": {}}'));
    const { frontend } = rig.rig;
    await waitUntil(async () => (await frontend.metric('dashboards_unreadable')) === 2, {
      what: 'two unreadable dashboards to be counted',
      deadlineMs: DEADLINE_MS,
    });
    expect((await rig.list()).data.map(({ id }) => id)).not.toContain('garbled');
    for (const id of ['garbled', 'later']) {
      const { status, problem } = await rig.read(id);
      expect([status, problem.errorType]).toEqual([422, 'execution']);
      expect((await rig.save(id, dashboardOf('Over it'), 1)).status).toBe(422);
    }
    expect((await rig.read('later')).problem.error).toContain('later Overseer');
    await rig.bucket.delete('garbled');
    await rig.bucket.delete('later');
  });

  test('pages of every frontend - hear of each save', async () => {
    const other = await RunningFrontend.start(rig.rig.nats.url);
    try {
      const page = await rig.rig.openPage(other.url);
      await waitUntil(async () => (await rig.ask('GET', '', { url: other.url })).status === 200, {
        what: 'the other frontend to have read the bucket',
        deadlineMs: DEADLINE_MS,
      });
      const { data } = await rig.create(dashboardOf('News'));
      await page.until('the page to hear of the dashboard', () =>
        page.messages.some(
          (message) =>
            message.kind === 'dashboard' &&
            message.id === data.id &&
            message.revision === data.revision,
        ),
      );
      const list = await rig.ask<{ id: string }[]>('GET', '', { url: other.url });
      expect(list.data.map(({ id }) => id)).toContain(data.id);
    } finally {
      await other.stop();
    }
  });

  test('saves - are counted by outcome', async () => {
    const { frontend } = rig.rig;
    for (const outcome of ['saved', 'deleted', 'conflict']) {
      expect(
        await frontend.metric('dashboard_saves_total', `outcome="${outcome}"`),
      ).toBeGreaterThan(0);
    }
    expect(await frontend.metric('dashboards')).toBeGreaterThan(0);
    expect(await frontend.metric('dashboards_max')).toBe(1000);
  });
});

describe('dashboards while NATS is in trouble', () => {
  test('NATS away - is said, and over when it is back', async () => {
    await using rig = await DashboardRig.start();
    const { data } = await rig.create(dashboardOf('Kept'));
    await rig.rig.nats.kill();
    await rig.untilStatus('', 503);
    const away = await rig.list();
    expect(away.problem).toMatchObject({ errorType: 'unavailable' });
    expect(away.headers.get('retry-after')).not.toBeNull();
    expect((await rig.save(data.id, dashboardOf('Lost?'), data.revision)).status).toBe(503);
    expect((await rig.read('host')).status).toBe(200);
    await rig.rig.nats.restart();
    await rig.untilStatus('', 200);
    expect((await rig.read(data.id)).data.title).toBe('Kept');
    expect((await rig.save(data.id, dashboardOf('Saved'), data.revision)).status).toBe(200);
  });

  test('a bucket that is not there - is waited for', async () => {
    await using rig = await DashboardRig.start();
    await rig.create(dashboardOf('Lost with the bucket'));
    await rig.bus.deleteStream(`KV_${DASHBOARDS_BUCKET}`);
    await rig.untilStatus('', 503);
    await rig.bus.bucket(DASHBOARDS_BUCKET, BUCKET);
    await rig.untilStatus('', 200);
    expect((await rig.list()).data.every(({ isBuiltin }) => isBuiltin)).toBe(true);
    expect((await rig.create(dashboardOf('New'))).status).toBe(201);
  });

  test('as many dashboards as there may be - give way only if they were deleted', async () => {
    await using rig = await DashboardRig.start();
    const { data: first } = await rig.create(dashboardOf('First'));
    const headers = { 'if-match': `"${first.revision}"` };
    await rig.ask('DELETE', `/${first.id}`, { headers });
    const entry = await rig.bucket.get(first.id);
    const value = Buffer.from(
      Buffer.from(entry?.value ?? [])
        .toString()
        .replace('"isDeleted":true', '"isDeleted":false'),
    );
    const ids = Array.from({ length: DASHBOARDS_MAX - 1 }, (_, i) => `made-${i}`);
    await Promise.all(ids.map((id) => rig.bucket.put(id, value)));
    const { frontend } = rig.rig;
    await waitUntil(async () => (await frontend.metric('dashboards')) === DASHBOARDS_MAX, {
      what: 'as many dashboards as there may be',
      deadlineMs: DEADLINE_MS,
    });
    expect((await rig.create(dashboardOf('Last'))).status).toBe(201);
    expect((await rig.read(first.id)).status).toBe(404);
    const { status, problem } = await rig.create(dashboardOf('Beyond'));
    expect([status, problem.errorType]).toEqual([422, 'execution']);
    expect(problem.error).toContain('1000 dashboards');
    expect((await rig.list()).data.length).toBe(DASHBOARDS_MAX + 2);
  });

  test('a full bucket - gives up what was deleted first, then refuses', async () => {
    await using rig = await DashboardRig.start();
    await rig.bus.deleteStream(`KV_${DASHBOARDS_BUCKET}`);
    await rig.untilStatus('', 503);
    await rig.bus.bucket(DASHBOARDS_BUCKET, { ...BUCKET, bytesMax: 64 * 1024 });
    await rig.untilStatus('', 200);
    const big = dashboardOf('Big', 'x'.repeat(20_000));
    const { data: first } = await rig.create(big);
    const headers = { 'if-match': `"${first.revision}"` };
    expect((await rig.ask('DELETE', `/${first.id}`, { headers })).status).toBe(200);
    expect((await rig.create(big)).status).toBe(201);
    expect((await rig.create(big)).status).toBe(201);
    expect((await rig.read(first.id)).status).toBe(404);
    expect((await rig.create(big)).status).toBe(201);
    const { status, problem } = await rig.create(big);
    expect(status).toBe(422);
    expect(problem.error).toContain('full');
  });
});
