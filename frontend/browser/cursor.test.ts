import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { DASHBOARD_VERSION, type DashboardEntry } from '../dashboards/protocol.ts';
import { type DashboardSpec, emptyDashboard } from '../model/dashboard-spec.ts';
import { graphOf } from '../model/panel-spec.ts';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

const DB = 'cursor';
const SECONDS = 240;

let overseer: TestOverseer;
let browser: TestBrowser;
let endMs: number;

/** Two panels side by side, whose values at each second are its number and ten times that. */
async function createDashboard(): Promise<string> {
  const panel = (id: string, expr: string, column: number) => ({
    ...{ id, column, row: 0, width: 12, height: 8, db: null },
    spec: { ...graphOf(expr), title: id },
  });
  const spec: DashboardSpec = {
    ...emptyDashboard({ title: 'Two panels', db: DB, range: '5m' }),
    panels: [panel('left', 'count_a', 0), panel('right', 'count_b', 12)],
  };
  const response = await fetch(`${overseer.frontendUrl}/api/v1/dashboards`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ v: DASHBOARD_VERSION, spec }),
  });
  const { data } = (await response.json()) as { data: DashboardEntry };
  return data.id;
}

/** What a panel tells at its line: the time, and the value. */
async function told(opened: OpenPage, panelId: string): Promise<[time: string, value: number]> {
  const tooltip = opened.part(`panel:${panelId}`).getByTestId('tooltip');
  const time = (await tooltip.locator('time').textContent()) ?? '';
  return [time, Number(await tooltip.locator('.tooltip-value').textContent())];
}

describe.skipIf(!(await hasChromium()))('the cursor', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
    endMs = Math.floor(Date.now() / 1000) * 1000;
    const lines = Array.from({ length: SECONDS }, (_, ago) => {
      const second = SECONDS - ago;
      return `count a=${second},b=${10 * second} ${nanoseconds(endMs - ago * 1000)}\n`;
    });
    await writeLines(overseer.ingressUrl, DB, lines.join(''));
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('a time that is pointed at in one panel - is told by the others, without being drawn', async () => {
    const id = await createDashboard();
    const range = [endMs - SECONDS * 1000, endMs].map((timeMs) => new Date(timeMs).toISOString());
    await using opened = await OpenPage.open(
      browser,
      overseer.frontendUrl,
      `/d/${id}?range=${range.join('/')}`,
    );
    const { page, part } = opened;
    const count = async (panelId: string) =>
      page.evaluate(`overseer.chart.series('${panelId}').length`);
    for (const panelId of ['left', 'right']) {
      await until(`points on the ${panelId}`, async () => (await count(panelId)) === 1);
    }
    const left = part('panel:left').locator('.u-over');
    const box = await left.boundingBox();
    if (!box) throw new Error('there is no chart');
    expect(await part('followed').count()).toBe(0);
    const drawnAt = await page.evaluate('overseer.chart.drawnAt');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await part('panel:right').getByTestId('followed').waitFor();
    const [[leftTime, a], [rightTime, b]] = [
      await told(opened, 'left'),
      await told(opened, 'right'),
    ];
    expect(rightTime).toBe(leftTime);
    expect(b).toBe(10 * a);
    expect(await part('panel:left').getByTestId('followed').count()).toBe(0);
    expect(await page.evaluate('overseer.chart.drawnAt')).toBe(drawnAt);
    await page.mouse.move(0, 0);
    await part('followed').waitFor({ state: 'detached' });
    // Keys point, too.
    await part('panel:right').getByTestId('chart').focus();
    await page.keyboard.press('ArrowLeft');
    await part('panel:left').getByTestId('followed').waitFor();
    expect((await told(opened, 'left'))[0]).toBe((await told(opened, 'right'))[0]);
    expect(opened.problems).toEqual([]);
  });

  test('a live chart under the keys - stands still until they leave it', async () => {
    await using opened = await OpenPage.open(
      browser,
      overseer.frontendUrl,
      `/?db=${DB}&expr=count_a&range=15m`,
    );
    const { page, part } = opened;
    await until('the points', async () => (await opened.series()).length === 1);
    await part('chart').focus();
    expect(await part('paused').count()).toBe(0);
    await page.keyboard.press('ArrowLeft');
    await part('paused').waitFor();
    await page.keyboard.press('Escape');
    await part('paused').waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowLeft');
    await part('paused').waitFor();
    await part('search').focus();
    await part('paused').waitFor({ state: 'detached' });
    expect(opened.problems).toEqual([]);
  });
});
