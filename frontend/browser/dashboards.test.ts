import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, startService, TestBrowser, TestOverseer } from '@overseer/local/testing';
import {
  DASHBOARD_VERSION,
  type DashboardEntry,
  type StoredDashboard,
} from '../dashboards/protocol.ts';
import {
  type DashboardSpec,
  emptyDashboard,
  type PlacedPanel,
  type VariableSpec,
} from '../model/dashboard-spec.ts';
import { graphOf } from '../model/panel-spec.ts';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

const HOSTS = ['a', 'b', 'c'];
const DB = 'boards';

let overseer: TestOverseer;
let browser: TestBrowser;

const open = (address: string, options = {}) =>
  OpenPage.open(browser, overseer.frontendUrl, address, options);

/** Two metrics of some hosts, in a database that all tests read. */
async function writeHosts(): Promise<void> {
  const nowMs = Date.now();
  const lines = HOSTS.flatMap((host, index) =>
    Array.from({ length: 60 }, (_, ago) => {
      const time = nanoseconds(nowMs - ago * 1000);
      return `load,host=${host} value=${index + 1} ${time}\nheat,host=${host} value=${10 * (index + 1)} ${time}\n`;
    }),
  );
  await writeLines(overseer.ingressUrl, DB, lines.join(''));
}

function placed(id: string, expr: string, place: Partial<PlacedPanel> = {}): PlacedPanel {
  const spec = { ...graphOf(expr), title: id };
  return { id, column: 0, row: 0, width: 12, height: 8, db: null, spec, ...place };
}

const TWO: DashboardSpec = {
  ...emptyDashboard({ title: 'Two panels', db: DB, range: '5m' }),
  variables: [{ name: 'host', tag: 'host', selector: 'load', isMulti: true, hasAll: true }],
  panels: [
    placed('left', 'load{host=~"$host"}'),
    placed('right', 'heat{host=~"$host"}', { column: 12 }),
  ],
};

const api = (path = '') => `${overseer.frontendUrl}/api/v1/dashboards${path}`;

async function create(spec: DashboardSpec): Promise<string> {
  const response = await fetch(api(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: DASHBOARD_VERSION, spec }),
  });
  const { data } = (await response.json()) as { data: DashboardEntry };
  expect(response.status).toBe(201);
  return data.id;
}

async function stored(id: string): Promise<StoredDashboard> {
  const { data } = (await (await fetch(api(`/${id}`))).json()) as { data: StoredDashboard };
  return data;
}

const isSaved = async (opened: OpenPage) => (await opened.part('save').count()) === 0;

/** Hosts of the series that a panel shows, sorted. */
async function hostsOf({ page }: OpenPage, panelId: string): Promise<string> {
  const script = `overseer.chart.series(${JSON.stringify(panelId)}).map(({labels}) => labels.host)`;
  return ((await page.evaluate(script)) as string[]).toSorted().join(' ');
}

/** Drags from the middle of an element by so many pixels. */
async function drag({ page, part }: OpenPage, name: string, byX: number, byY: number) {
  const box = await part(name).boundingBox();
  if (!box) throw new Error(`${name} is not to be seen`);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + byX, y + byY, { steps: 5 });
  await page.mouse.up();
}

async function boxOf({ part }: OpenPage, id: string) {
  const box = await part(`panel:${id}`).boundingBox();
  if (!box) throw new Error(`${id} is not to be seen`);
  return box;
}

describe.skipIf(!(await hasChromium()))('dashboards', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
    await writeHosts();
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('what is explored - becomes a panel of a new dashboard, and back leads to it', async () => {
    await using opened = await open(`/?db=${DB}&expr=load`);
    const { part, page } = opened;
    await until('the chart', async () => (await opened.series()).length === 3);
    await part('save-to-dashboard').click();
    await part('new-title').fill('Loads');
    await part('new-panel-title').fill('All loads');
    await part('save-to-dashboard-done').click();
    await part('dashboard-title').waitFor();
    expect(await part('dashboard-title').textContent()).toContain('Loads');
    expect(new URL(page.url()).pathname).toStartWith('/d/loads-');
    const [panel] = (await stored(page.url().split('/d/')[1]?.split('?')[0] ?? '')).spec.panels;
    expect(panel?.spec.queries[0]?.expr).toBe('load');
    await until('its points', async () => (await hostsOf(opened, panel?.id ?? '')) === 'a b c');
    await part('to-dashboards').click();
    await page.getByText('Loads', { exact: true }).click();
    await part('dashboard-title').waitFor();
    await page.goBack();
    await page.goBack();
    await page.goBack();
    await until('the chart again', async () => (await opened.series()).length === 3);
    expect(opened.problems).toEqual([]);
  });

  test('editing on a phone - what it takes is beside the rest, and a note has some lines', async () => {
    const id = await create(TWO);
    await using opened = await open(`/d/${id}`, { viewport: { width: 390, height: 600 } });
    const { part } = opened;
    await part('edit').click();
    await part('settings').click();
    await part('settings-dialog').waitFor();
    await opened.page.keyboard.press('Escape');
    await part('menu:left').click();
    await part('write-note').click();
    const box = await part('note-text').boundingBox();
    expect(box?.height).toBeGreaterThan(50);
    expect(opened.problems).toEqual([]);
  });

  test('a variable - changes all panels, and is in the address', async () => {
    const id = await create(TWO);
    await using opened = await open(`/d/${id}`);
    const { part, page } = opened;
    await until('all hosts', async () => (await hostsOf(opened, 'right')) === 'a b c');
    await part('variable:host').click();
    await part('value:b').click();
    for (const panel of ['left', 'right']) {
      await until('one host', async () => (await hostsOf(opened, panel)) === 'b');
    }
    await part('value:c').click();
    await until('two hosts', async () => (await hostsOf(opened, 'left')) === 'b c');
    expect(opened.address.getAll('var-host')).toEqual(['b', 'c']);
    await using other = await open(new URL(page.url()).pathname + new URL(page.url()).search);
    await until('the same', async () => (await hostsOf(other, 'right')) === 'b c');
    await page.goBack();
    await until('one host again', async () => (await hostsOf(opened, 'left')) === 'b');
    expect([...opened.problems, ...other.problems]).toEqual([]);
  });

  test('panels - are dragged and resized, others make room; undone and saved', async () => {
    const id = await create(TWO);
    await using opened = await open(`/d/${id}`);
    const { part, page } = opened;
    await part('edit').click();
    const [left, right] = [await boxOf(opened, 'left'), await boxOf(opened, 'right')];
    expect(left.y).toBe(right.y);
    await drag(opened, 'move:left', left.width, 0);
    await until('room', async () => (await boxOf(opened, 'right')).y > right.y + left.height / 2);
    expect((await boxOf(opened, 'left')).x).toBeCloseTo(right.x, 0);
    await part('undo').click();
    await until('as before', async () => (await boxOf(opened, 'left')).x === left.x);
    await drag(opened, 'resize:left', 0, 80);
    await until('higher', async () => (await boxOf(opened, 'left')).height > left.height + 50);
    await page.keyboard.press('Control+z');
    await until('as high', async () => (await boxOf(opened, 'left')).height === left.height);
    await page.keyboard.press('Control+Shift+Z');
    await part('move:right').focus();
    await page.keyboard.press('ArrowLeft');
    await until('way for it', async () => (await boxOf(opened, 'left')).y > right.y + 200);
    await page.keyboard.press('Shift+ArrowRight');
    await part('save').click();
    await until('a save', () => isSaved(opened));
    const { spec } = await stored(id);
    expect(spec.panels.map(({ column, row, width }) => [column, row, width])).toEqual([
      [0, 8, 12],
      [11, 0, 13],
    ]);
    expect(opened.problems).toEqual([]);
  });

  test('two pages that change one dashboard - lose nothing', async () => {
    const id = await create(TWO);
    await using mine = await open(`/d/${id}`);
    await using theirs = await open(`/d/${id}`);
    const rename = async ({ part }: OpenPage, panel: string, title: string) => {
      await part(`menu:${panel}`).click();
      await part('edit-panel').click();
      await part('panel-title').fill(title);
      await part('finish-panel').click();
      await part('save').waitFor();
    };
    await rename(mine, 'left', 'Mine');
    await rename(theirs, 'right', 'Theirs');
    const before = await boxOf(theirs, 'left');
    await mine.part('save').click();
    await until('my save', () => isSaved(mine));
    // Told over the live connection, before they save.
    await until('news', async () =>
      ((await theirs.part('panel:left').textContent()) ?? '').includes('Mine'),
    );
    await theirs.part('news').waitFor();
    // What is told moves nothing that somebody may be about to press.
    expect(await boxOf(theirs, 'left')).toEqual(before);
    await theirs.part('save').click();
    await until('their save', () => isSaved(theirs));
    const { spec } = await stored(id);
    expect(spec.panels.map(({ spec: { title } }) => title)).toEqual(['Mine', 'Theirs']);
    await until('both here', async () =>
      ((await mine.part('panel:right').textContent()) ?? '').includes('Theirs'),
    );
    expect([...mine.problems, ...theirs.problems]).toEqual([]);
  });

  test('changes that were not saved - are back after the page was loaded again', async () => {
    const id = await create(TWO);
    await using opened = await open(`/d/${id}`);
    const { part, page } = opened;
    page.on('dialog', (dialog) => void dialog.accept());
    await part('menu:left').click();
    await part('remove-panel').click();
    await part('panel:left').waitFor({ state: 'detached' });
    await page.reload();
    await part('news').waitFor();
    expect(await part('panel:left').count()).toBe(0);
    await part('discard').click();
    await part('panel:left').waitFor();
    expect((await stored(id)).revision).toBeGreaterThan(0);
    expect(opened.problems).toEqual([]);
  });

  test('an exported file - is imported as another dashboard', async () => {
    const id = await create(TWO);
    await using opened = await open(`/d/${id}`);
    const { part, page } = opened;
    await part('dashboard-menu').click();
    const [download] = await Promise.all([page.waitForEvent('download'), part('export').click()]);
    expect(download.suggestedFilename()).toBe('two-panels.json');
    const path = await download.path();
    await part('to-dashboards').click();
    await part('import-file').setInputFiles(path);
    await part('grid').waitFor();
    const copied = new URL(page.url()).pathname.slice('/d/'.length);
    expect(copied).not.toBe(id);
    expect((await stored(copied)).spec).toEqual((await stored(id)).spec);

    await part('to-dashboards').click();
    const file = { name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"v":1}') };
    await part('import-file').setInputFiles(file);
    await part('list-failure').waitFor();
    expect(await part('list-failure').textContent()).toContain('spec');
  });

  test('history - brings back what was saved before', async () => {
    const id = await create(TWO);
    const { revision } = await stored(id);
    await using opened = await open(`/d/${id}`);
    const { part } = opened;
    await part('menu:right').click();
    await part('remove-panel').click();
    await part('save').click();
    await until('a save', () => isSaved(opened));
    await part('dashboard-menu').click();
    await part('history').click();
    await part(`restore:${revision}`).click();
    await part('panel:right').waitFor();
    expect((await stored(id)).spec.panels).toHaveLength(2);
    expect(opened.problems).toEqual([]);
  });

  test('a deleted dashboard - is restored from the list', async () => {
    const id = await create({ ...TWO, title: 'To be deleted' });
    await using opened = await open(`/d/${id}`);
    const { part, page } = opened;
    page.on('dialog', (dialog) => void dialog.accept());
    await part('dashboard-menu').click();
    await part('delete').click();
    await part('dashboard-list').waitFor();
    expect(await part(`dashboard:${id}`).count()).toBe(0);
    await part('deleted').click();
    await part(`restore:${id}`).click();
    await part('panel:left').waitFor();
    expect((await stored(id)).isDeleted).toBe(false);
    expect(opened.problems).toEqual([]);
  });

  test('variables that mention others - offer what fits; a panel is shown alone, and explored', async () => {
    const hot: VariableSpec = {
      name: 'hot',
      tag: 'host',
      selector: 'heat{host=~"$host"}',
      isMulti: false,
      hasAll: false,
    };
    const panels = [placed('left', 'heat{host="$hot"}')];
    const id = await create({ ...TWO, variables: [...TWO.variables, hot], panels });
    await using opened = await open(`/d/${id}?var-host=b&var-host=c&var-hot=a`);
    const { part, page } = opened;
    // The one that was asked for does not go with the others.
    await until('the first that fits', async () => (await hostsOf(opened, 'left')) === 'b');
    await part('variable:hot').click();
    expect(await part('values:hot').locator('li').allTextContents()).toEqual(['b', 'c']);
    await part('value:c').click();
    await until('the other', async () => (await hostsOf(opened, 'left')) === 'c');
    await part('menu:left').click();
    await part('maximise').click();
    expect(opened.address.get('panel')).toBe('left');
    await until('it alone', async () => (await hostsOf(opened, 'left')) === 'c');
    await part('menu:left').click();
    await part('explore-panel').click();
    expect(new URL(page.url()).pathname).toBe('/');
    expect(opened.address.getAll('expr')).toEqual(['heat{host="c"}']);
    await until('its points', async () => (await opened.series()).length === 1);
    expect(opened.problems).toEqual([]);
  });

  test('the dashboard of hosts - is there from the start, and draws what the collector sends', async () => {
    await using _collector = await startService('collector', {
      INGRESS_URL: overseer.ingressUrl,
      COLLECTOR_INTERVAL: '200ms',
    });
    await using opened = await open('/dashboards');
    await opened.part('dashboard:host').click();
    for (const panel of ['cpu', 'memory', 'load']) {
      await until(`curves of ${panel}`, async () => {
        const script = `overseer.chart.series('${panel}').some(({values}) => values.some((value) => value > 0))`;
        return Boolean(await opened.page.evaluate(script));
      });
    }
    expect(await opened.part('edit').count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  test('a phone - shows one panel beneath the other', async () => {
    const id = await create(TWO);
    await using opened = await open(`/d/${id}`, { viewport: { width: 390, height: 844 } });
    await until('points', async () => (await hostsOf(opened, 'left')) === 'a b c');
    const [left, right] = [await boxOf(opened, 'left'), await boxOf(opened, 'right')];
    expect(left.x).toBe(right.x);
    expect(left.width).toBeGreaterThan(350);
    expect(right.y).toBeGreaterThan(left.y + left.height - 1);
    const widest = await opened.page.evaluate('document.documentElement.scrollWidth');
    expect(widest).toBe(390);
    expect(opened.problems).toEqual([]);
  });

  test('a dashboard that is not there - says so, with a way out', async () => {
    await using opened = await open('/d/none-such');
    await opened.part('dashboard-failure').waitFor();
    await opened.page.getByText('All dashboards').click();
    await opened.part('dashboard-list').waitFor();
    expect(opened.problems.filter((problem) => !problem.includes('404'))).toEqual([]);
  });
});
