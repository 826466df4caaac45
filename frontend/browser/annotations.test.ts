import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import {
  DASHBOARD_VERSION,
  type DashboardEntry,
  type DashboardRevision,
  type StoredDashboard,
} from '../dashboards/protocol.ts';
import { EMPTY_ANNOTATION } from '../model/annotation.ts';
import { type DashboardSpec, emptyDashboard, type PlacedPanel } from '../model/dashboard-spec.ts';
import { graphOf } from '../model/panel-spec.ts';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

const DB = 'marks';
/** What is written when the tests begin is to be seen until they end. */
const RANGE = '15m';
const MINUTE_MS = 60_000;
/** Deployments are points that are written when one happens: marked where they are, however far a selector looks back. */
const DEPLOYS = {
  ...EMPTY_ANNOTATION,
  name: 'deploys',
  expr: 'timestamp(deploys_count)',
  times: 'values',
  text: '{{host}} deployed {{version}}',
} as const;

let overseer: TestOverseer;
let browser: TestBrowser;
const startMs = Math.floor(Date.now() / 1000) * 1000 - 4 * MINUTE_MS;

const open = (address: string) => OpenPage.open(browser, overseer.frontendUrl, address);

const write = (lines: string) => writeLines(overseer.ingressUrl, DB, lines);

const deploy = (version: string, timeMs: number) =>
  write(`deploys,host=a,version=${version} count=1i ${nanoseconds(timeMs)}\n`);

/** Load every second of four minutes, which is above 5 in the second of them. */
async function writeLoad(): Promise<void> {
  const lines = Array.from({ length: 240 }, (_, second) => {
    const value = second >= 60 && second < 120 ? 9 : 1;
    return `load,host=a value=${value} ${nanoseconds(startMs + second * 1000)}\n`;
  });
  await write(lines.join(''));
}

function placed(id: string, column: number): PlacedPanel {
  const spec = { ...graphOf('load'), title: id };
  return { id, column, row: 0, width: 12, height: 8, db: null, spec };
}

const BOARD: DashboardSpec = {
  ...emptyDashboard({ title: 'Marked', db: DB, range: RANGE }),
  panels: [placed('left', 0), placed('right', 12)],
};

const api = (path = '') => `${overseer.frontendUrl}/api/v1/dashboards${path}`;

async function create(spec: DashboardSpec): Promise<string> {
  const response = await fetch(api(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: DASHBOARD_VERSION, spec }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { data: DashboardEntry }).data.id;
}

async function ask<Data>(path: string): Promise<Data> {
  return ((await (await fetch(api(path))).json()) as { data: Data }).data;
}

const savedNotes = async (id: string) => (await ask<StoredDashboard>(`/${id}`)).spec.notes;

/** What the flags of a panel say, from left to right. */
async function flags({ page }: OpenPage, within = 'body'): Promise<string[]> {
  const all = page.locator(within).getByTestId('mark-flag');
  // At once: one that goes away meanwhile would be waited for.
  return await all.evaluateAll((elements) =>
    elements.map((element) => element.getAttribute('aria-label') ?? ''),
  );
}

const ofPanel = (id: string) => `[data-testid="panel:${id}"]`;

const untilFlags = (opened: OpenPage, words: RegExp, within = 'body') =>
  until(`a flag that says ${words}`, async () =>
    (await flags(opened, within)).some((text) => words.test(text)),
  );

/** Drags with Ctrl over some part of the chart's width. */
async function dragNote({ page }: OpenPage, within: string, from: number, to: number) {
  const box = await page.locator(`${within} .u-over`).boundingBox();
  if (!box) throw new Error('there is no chart to be seen');
  const y = box.y + box.height / 2;
  await page.keyboard.down('Control');
  await page.mouse.move(box.x + from * box.width, y);
  await page.mouse.down();
  await page.mouse.move(box.x + to * box.width, y, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up('Control');
}

async function saveNote({ part }: OpenPage, text: string): Promise<void> {
  await part('note-text').fill(text);
  await part('save-note').click();
  await part('note-dialog').waitFor({ state: 'detached' });
}

describe.skipIf(!(await hasChromium()))('annotations', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
    await writeLoad();
    await deploy('v1', startMs + 30_000);
  });

  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('what is explored - marks what an expression finds, and what comes while it is looked at', async () => {
    await using opened = await open(`/?db=${DB}&expr=load&range=${RANGE}`);
    const { part, page } = opened;
    await part('open-annotations').click();
    await part('add-annotation').click();
    await part('annotation-name').fill(DEPLOYS.name);
    await part('annotation-expr').fill(DEPLOYS.expr);
    await part('annotation-times').selectOption(DEPLOYS.times);
    await part('annotation-text').fill(DEPLOYS.text);
    await part('annotations-done').click();
    await untilFlags(opened, /^deploys: a deployed v1, /);
    await deploy('v2', startMs + 200_000);
    await untilFlags(opened, /^deploys: a deployed v2, /);
    expect(await flags(opened)).toHaveLength(2);

    await part('mark-flag').first().hover();
    expect(await part('mark-bubble').textContent()).toContain('a deployed v1');

    await part('annotation:deploys').click();
    await until('no flags', async () => (await flags(opened)).length === 0);
    expect(opened.address.getAll('off')).toEqual(['deploys']);
    await page.goBack();
    await untilFlags(opened, /v2/);
    expect(opened.problems).toEqual([]);
  });

  test('steps that follow each other - are one stretch of time, in the picture, in the table and for keys', async () => {
    const mark = new URLSearchParams({ name: 'busy', expr: 'load > 5', tone: 'danger' });
    const address = new URLSearchParams({ db: DB, expr: 'load', range: RANGE, mark: String(mark) });
    await using opened = await open(`/?${address}`);
    const { part, page } = opened;
    await untilFlags(opened, /^busy: host=a, [\d:]+ – [\d:]+$/);
    expect(await flags(opened)).toHaveLength(1);
    // Whatever is red is the mark: the series is not.
    const isRed = `(() => {
      const canvas = document.querySelector('.u-wrap canvas');
      const { width, height } = canvas;
      const copy = Object.assign(document.createElement('canvas'), { width, height });
      const probe = copy.getContext('2d', { willReadFrequently: true });
      probe.fillStyle = getComputedStyle(document.body).getPropertyValue('--danger');
      probe.fillRect(0, 0, 1, 1);
      const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
      probe.clearRect(0, 0, width, height);
      probe.drawImage(canvas, 0, 0);
      const { data } = probe.getImageData(0, 0, width, height);
      for (let i = 0; i < data.length; i += 4) {
        if (data[i] === red && data[i + 1] === green && data[i + 2] === blue) return true;
      }
      return false;
    })()`;
    await until('the mark in the picture', async () => Boolean(await page.evaluate(isRed)));

    await part('chart').focus();
    await page.keyboard.press('M');
    await until('words of it', async () =>
      ((await part('spoken-marks').textContent()) ?? '').startsWith('busy: host=a, '),
    );
    expect(await part('tooltip-marks').textContent()).toContain('host=a');
    await page.keyboard.press('Escape');

    await part('panel-menu').click();
    await part('values').click();
    expect(await part('marks-table').locator('tbody tr').first().textContent()).toContain('busy');
    expect(opened.problems).toEqual([]);
  });

  test('a note on what is explored - is in the address: written, changed and deleted', async () => {
    await using opened = await open(`/?db=${DB}&expr=load&range=${RANGE}`);
    const { part, page } = opened;
    await until('points', async () => (await opened.series()).length === 1);
    await dragNote(opened, 'body', 0.4, 0.6);
    await saveNote(opened, 'Somebody pulled the plug');
    await untilFlags(opened, /^Notes: Somebody pulled the plug, [\d:]+ – [\d:]+$/);
    expect(opened.address.getAll('zoom')).toEqual([]);

    await page.reload();
    await untilFlags(opened, /pulled the plug/);
    await part('mark-flag').hover();
    await part('edit-note').click();
    expect(await part('note-text').inputValue()).toBe('Somebody pulled the plug');
    await part('note-to').fill('12:00 o’clock');
    await part('save-note').click();
    expect(await part('note-to-problem').textContent()).toContain('such as');
    await part('note-to').fill(await part('note-from').inputValue());
    await saveNote(opened, 'It was me');
    await untilFlags(opened, /^Notes: It was me, [\d:]+$/);

    await part('open-annotations').click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await part('delete-note').click();
    await until('no flags', async () => (await flags(opened)).length === 0);
    expect(opened.address.getAll('note')).toEqual([]);
    expect(opened.problems).toEqual([]);
  });

  test('a note on a dashboard - is on all panels of every page at once, beside what is not saved, and in its history', async () => {
    const id = await create(BOARD);
    await using mine = await open(`/d/${id}`);
    await using theirs = await open(`/d/${id}`);
    await mine.part('panel:left').waitFor();
    await theirs.part('panel:right').waitFor();
    await theirs.page.evaluate('globalThis.isSamePage = true');
    await mine.part('menu:right').click();
    await mine.part('duplicate-panel').click();
    await mine.part('save').waitFor();

    await dragNote(mine, ofPanel('left'), 0.3, 0.5);
    await saveNote(mine, 'Moved to the other room');
    for (const panel of ['left', 'right']) {
      await untilFlags(mine, /Moved to the other room/, ofPanel(panel));
      await untilFlags(theirs, /Moved to the other room/, ofPanel(panel));
    }
    expect(await theirs.page.evaluate('globalThis.isSamePage')).toBe(true);
    expect((await ask<StoredDashboard>(`/${id}`)).spec.panels).toHaveLength(2);
    expect(await mine.part('save').count()).toBe(1);

    await theirs.page.locator(ofPanel('left')).getByTestId('mark-flag').hover();
    await theirs.part('edit-note').click();
    await saveNote(theirs, 'And back');
    await untilFlags(mine, /And back/, ofPanel('right'));
    await mine.page.locator(ofPanel('left')).getByTestId('mark-flag').hover();
    await mine.part('edit-note').click();
    await mine.part('delete-note').click();
    await until('no flags there', async () => (await flags(theirs)).length === 0);
    expect(await savedNotes(id)).toEqual([]);

    const revisions = await ask<DashboardRevision[]>(`/${id}/history`);
    expect(revisions).toHaveLength(4);
    await theirs.part('dashboard-menu').click();
    await theirs.part('history').click();
    await theirs.part(`restore:${revisions[1]?.revision}`).click();
    await untilFlags(mine, /And back/, ofPanel('left'));
    expect([...mine.problems, ...theirs.problems]).toEqual([]);
  });

  test('annotations of a dashboard - are on all panels, those of a panel on it alone, and each has a switch', async () => {
    const [left, right] = BOARD.panels as [PlacedPanel, PlacedPanel];
    const busy = { ...EMPTY_ANNOTATION, name: 'busy', expr: 'load > 5' };
    const own = { ...right, spec: { ...right.spec, annotations: [busy] } };
    const id = await create({ ...BOARD, panels: [left, own] });
    await using opened = await open(`/d/${id}`);
    const { part } = opened;
    await untilFlags(opened, /^busy/, ofPanel('right'));
    expect(await flags(opened, ofPanel('left'))).toEqual([]);

    await part('edit').click();
    await part('settings').click();
    await part('add-annotation').click();
    await part('annotation-name').fill(DEPLOYS.name);
    await part('annotation-expr').fill(DEPLOYS.expr);
    await part('annotation-times').selectOption(DEPLOYS.times);
    await part('settings-done').click();
    for (const panel of ['left', 'right']) {
      await untilFlags(opened, /^deploys: host=a version=v1/, ofPanel(panel));
    }
    await part('save').click();
    await until('a save', async () => (await part('save').count()) === 0);
    const { spec } = await ask<StoredDashboard>(`/${id}`);
    expect(spec.annotations.map(({ name, times }) => [name, times])).toEqual([
      ['deploys', 'values'],
    ]);
    await part('annotation:busy').click();
    await until('deploys alone', async () => {
      const texts = await flags(opened);
      return texts.length > 0 && texts.every((text) => text.startsWith('deploys'));
    });
    expect(opened.problems).toEqual([]);
  });

  test('an annotation that can’t be read - says so at its switch, and the chart is drawn', async () => {
    const wrong = { ...EMPTY_ANNOTATION, name: 'wrong', expr: 'load >' };
    const id = await create({ ...BOARD, annotations: [wrong] });
    await using opened = await open(`/d/${id}`);
    await until('why', async () =>
      ((await opened.part('annotation:wrong').textContent()) ?? '').includes('!:'),
    );
    await until('points', async () => (await opened.series('left')).length === 1);
    expect(opened.problems).toEqual([]);
  });

  test('a dashboard that comes with Overseer - has no notes, and says why', async () => {
    await using opened = await open('/d/host?panel=load');
    const { part, page } = opened;
    await part('chart').focus();
    await page.keyboard.press('n');
    await part('note-dialog').waitFor();
    expect(await part('note-failure').textContent()).toContain('save a copy');
    await page.keyboard.press('Escape');
    await part('note-dialog').waitFor({ state: 'detached' });
    expect(opened.problems).toEqual([]);
  });
});
