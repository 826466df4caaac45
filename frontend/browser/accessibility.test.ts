import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import {
  createToken,
  digestOfToken,
  formatTokenLine,
  type Right,
  TokenGrant,
} from '@overseer/shared/access';
import type { DashboardEntry } from '../dashboards/protocol.ts';
import type { DashboardSpec } from '../model/dashboard-spec.ts';
import { graphOf, type PanelView } from '../model/panel-spec.ts';
import { formatFrame } from '../model/time-frame.ts';
import { violationsOf } from './testing/accessibility.ts';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds } from './testing/write-lines.ts';

/** axe's rules, over every state of the page: nothing may be found. One page goes through all of them, signed in. */

const DB = 'axe';
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const LOOKS = [
  { look: 'light', colorScheme: 'light', viewport: DESKTOP },
  { look: 'dark', colorScheme: 'dark', viewport: DESKTOP },
  { look: 'on a phone', colorScheme: 'dark', viewport: PHONE },
] as const;

const TOKEN = createToken();
const ADA = new TokenGrant('Ada', digestOfToken(TOKEN), new Set<Right>(['read', 'write']), '*');
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };

let overseer: TestOverseer;
let browser: TestBrowser;
let opened: OpenPage;

const part = (name: string) => opened.part(name);

/** In both themes, and on a phone; the page is as wide as before then. */
async function expectNothingFound({ page } = opened): Promise<void> {
  for (const { look, colorScheme, viewport } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    expect(await violationsOf(page), `${new URL(page.url()).pathname}, ${look}`).toEqual([]);
  }
  await page.setViewportSize(DESKTOP);
}

/** @param address from the frontend's root; of the page to explore, what follows its database */
async function goTo(address: string): Promise<void> {
  await opened.page.setViewportSize(DESKTOP);
  const path = address.startsWith('/') ? address : `/?db=${DB}&${address}`;
  await opened.page.goto(`${overseer.frontendUrl}${path}`);
}

async function explore(expr: string, options = ''): Promise<void> {
  await goTo(`expr=${encodeURIComponent(expr)}${options}`);
  await until('the series', async () => (await opened.series()).length > 0);
}

async function signIn({ page }: OpenPage, token: string): Promise<void> {
  await page.getByLabel('Your access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Some hosts' processors, and a histogram: of the last half minute. */
async function writeSamples(): Promise<void> {
  const nowMs = Date.now();
  const lines = Array.from({ length: 30 }, (_, ago) => {
    const time = nanoseconds(nowMs - 1000 * ago);
    const hosts = ['a', 'b', 'c'].map(
      (host) => `cpu,host=${host} usage=${ago % 7},text="x" ${time}`,
    );
    const buckets = ['0.1', '1', '+Inf'].map(
      (le, index) => `wait_seconds_bucket,le=${le} value=${(30 - ago) * (index + 1)} ${time}`,
    );
    return [...hosts, ...buckets].join('\n');
  });
  const url = `${overseer.ingressUrl}/write?db=${DB}`;
  const request = { method: 'POST', headers: AUTHORIZATION, body: lines.join('\n') };
  expect((await fetch(url, request)).status).toBe(204);
}

const VIEWS = ['graph', 'stacked', 'stat', 'table', 'heatmap'] as const satisfies PanelView[];

/** A panel of each view. */
const BOARD: Partial<DashboardSpec> = {
  title: 'All views',
  db: DB,
  range: '5m',
  annotations: [],
  notes: [],
  variables: [{ name: 'host', tag: 'host', selector: 'cpu_usage', isMulti: true, hasAll: true }],
  panels: VIEWS.map((view, index) => {
    const expr = view === 'heatmap' ? 'wait_seconds_bucket' : 'cpu_usage{host=~"$host"}';
    const spec = { ...graphOf(expr), title: `As ${view}`, view };
    const place = {
      column: 12 * (index % 2),
      row: 8 * Math.floor(index / 2),
      width: 12,
      height: 8,
    };
    return { id: view, ...place, db: null, spec };
  }),
};

async function createDashboard(): Promise<string> {
  const response = await fetch(`${overseer.frontendUrl}/api/v1/dashboards`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...AUTHORIZATION },
    body: JSON.stringify({ v: 1, spec: BOARD }),
  });
  return ((await response.json()) as { data: DashboardEntry }).data.id;
}

describe.skipIf(!(await hasChromium()))('accessibility', () => {
  beforeAll(async () => {
    const environment = { TOKENS: formatTokenLine(ADA) };
    [overseer, browser] = await Promise.all([
      TestOverseer.start({ environment }),
      TestBrowser.start(),
    ]);
    await writeSamples();
    opened = await OpenPage.open(browser, overseer.frontendUrl, '/');
    await signIn(opened, TOKEN);
    await part('chart').waitFor();
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('signing in - the page that asks for a token, and its refusal', async () => {
    await using stranger = await OpenPage.open(browser, overseer.frontendUrl, '/');
    await stranger.page.getByLabel('Your access token').waitFor();
    await expectNothingFound(stranger);
    await signIn(stranger, 'wrong');
    await stranger.page.getByRole('alert').waitFor();
    await expectNothingFound(stranger);
  });

  test('the first run - of a server without data', async () => {
    const { page } = opened;
    const body = JSON.stringify({ status: 'success', data: { databases: [] } });
    await page.route('**/api/v1/catalogue', (route) => route.fulfill({ body }));
    await goTo('/');
    await part('first-run').waitFor();
    await expectNothingFound();
    await page.unroute('**/api/v1/catalogue');
  });

  test.each(['graph', 'stacked'] as const)(
    'a chart as %s - with a tooltip that is pinned',
    async (view) => {
      await explore('cpu_usage', `&view=${view}&threshold=3:warning`);
      await part('chart').focus();
      await opened.page.keyboard.press('ArrowLeft');
      await opened.page.keyboard.press('Enter');
      await part('tooltip').waitFor();
      await expectNothingFound();
    },
  );

  test('stat - with thresholds', async () => {
    await explore('cpu_usage', '&view=stat&threshold=-1:danger&unit=percent');
    await part('stat-value').first().waitFor();
    await expectNothingFound();
  });

  test('table - with thresholds', async () => {
    await explore('cpu_usage', '&view=table&threshold=-1:danger');
    await part('table-line').first().waitFor();
    await expectNothingFound();
  });

  test('heatmap - with a tooltip, and without buckets', async () => {
    await explore('wait_seconds_bucket', '&view=heatmap');
    await part('heat-legend').waitFor();
    await part('heatmap').focus();
    await opened.page.keyboard.press('ArrowLeft');
    await part('heat-bucket').waitFor();
    await expectNothingFound();
    await explore('cpu_usage', '&view=heatmap');
    await part('no-buckets').waitFor();
    await expectNothingFound();
  });

  test('the builder, and the editor with its completion', async () => {
    await explore('sum by (host) (rate(cpu_usage{host="a"}[5m]))', '&expr=cpu_usage');
    await part('builder:A').click();
    await part('builder').waitFor();
    await expectNothingFound();
    await part('builder-metric').fill('cp');
    await expectNothingFound();
    await opened.fillExpression('sum(cpu_', 'B');
    await opened.page.keyboard.press('ControlOrMeta+ ');
    await opened.page.locator('.cm-tooltip-autocomplete').waitFor();
    await expectNothingFound();
  });

  test('options of a panel - with a threshold', async () => {
    await explore('cpu_usage', '&threshold=3:warning');
    await part('options').click();
    await part('threshold-value:0').waitFor();
    await expectNothingFound();
  });

  test('ranges - the form of a range, a part of the time and the way back', async () => {
    const now = Date.now();
    const zoom = formatFrame({ kind: 'fixed', fromMs: now - 60_000, toMs: now });
    await explore('cpu_usage', `&range=1h&zoom=${zoom}`);
    await part('time-trail').waitFor();
    await part('range:custom').click();
    await part('range-dialog').waitFor();
    await expectNothingFound();
    await part('range-length').fill('many');
    await part('show-length').click();
    await expectNothingFound();
  });

  test('the explorer - of a measurement, and of the database', async () => {
    await explore('cpu_usage', '&about=cpu');
    await part('tag:host').locator('li').first().waitFor();
    await expectNothingFound();
    await opened.page.keyboard.press('Escape');
    await part('about-database').click();
    await part('facts').waitFor();
    await expectNothingFound();
  });

  test('windows - shortcuts, and what saves to a dashboard', async () => {
    await explore('cpu_usage');
    await part('help').click();
    await part('shortcut-help').waitFor();
    await expectNothingFound();
    await opened.page.keyboard.press('Escape');
    await part('save-to-dashboard').click();
    await part('save-to-dashboard-dialog').waitFor();
    await expectNothingFound();
  });

  test('the values of a chart - in its menu, and as a table', async () => {
    await explore('cpu_usage');
    await part('panel-menu').click();
    await expectNothingFound();
    await part('values').click();
    await part('values-table').waitFor();
    await expectNothingFound();
  });

  test('the catalogue - on a phone', async () => {
    await explore('cpu_usage');
    await opened.page.setViewportSize(PHONE);
    await opened.page.getByLabel('Catalogue', { exact: true }).first().click();
    await part('measurement:cpu').waitFor();
    expect(await violationsOf(opened.page)).toEqual([]);
  });

  test('a dashboard - viewed, edited, its settings, its history, and one of its panels edited', async () => {
    const id = await createDashboard();
    await goTo(`/d/${id}`);
    await until('points', async () => (await opened.series('graph')).length === 3);
    await part('stat-value').first().waitFor();
    await part('variable:host').click();
    await part('value:b').waitFor();
    await expectNothingFound();
    await opened.page.keyboard.press('Escape');
    await part('edit').click();
    await part('move:graph').waitFor();
    await part('dashboard-menu').click();
    await expectNothingFound();
    await part('history').click();
    await part('history-dialog').getByRole('listitem').first().waitFor();
    await expectNothingFound();
    await opened.page.keyboard.press('Escape');
    await part('settings').click();
    await part('variable-selector').first().waitFor();
    await expectNothingFound();
    await opened.page.keyboard.press('Escape');
    await part('menu:graph').click();
    await part('edit-panel').click();
    await part('panel-editor').waitFor();
    await expectNothingFound();
  });

  test.each(['host', 'pipeline'])('the built-in dashboard %s', async (id) => {
    await goTo(`/d/${id}`);
    await part('dashboard').waitFor();
    await expectNothingFound();
  });

  test('dashboards - as a list, and those that were deleted', async () => {
    await goTo('/dashboards');
    await part('dashboard:host').waitFor();
    await expectNothingFound();
    await part('deleted').click();
    await expectNothingFound();
  });

  test.each([
    ['an expression that can’t be read', 'expr=sum(m%20m)', 'error'],
    ['one of two queries that is wrong', 'expr=cpu_usage&expr=sum(m%20m)', 'query-error'],
    ['no data', 'expr=nothing', 'empty'],
    [
      'no data in this time',
      'expr=cpu_usage&range=2026-01-01T00:00:00Z/2026-01-01T01:00:00Z',
      'empty',
    ],
    ['no such dashboard', '/d/nothing', 'dashboard-failure'],
  ])('%s', async (_name, address, shown) => {
    await goTo(address);
    await part(shown).first().waitFor();
    await expectNothingFound();
  });

  test('a server that is gone - the last test, for it stays so', async () => {
    await explore('cpu_usage');
    await overseer.processes.frontend.kill('SIGKILL');
    await part('banner').waitFor();
    await expectNothingFound();
  });
});
