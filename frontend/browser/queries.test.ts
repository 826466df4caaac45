import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

let overseer: TestOverseer;
let browser: TestBrowser;

const open = (expr: string) =>
  OpenPage.open(browser, overseer.frontendUrl, `/?db=queries&expr=${encodeURIComponent(expr)}`);

const seriesCount = (opened: OpenPage, count: number) =>
  until(`${count} series`, async () => (await opened.series()).length === count);

const legend = (opened: OpenPage, words: string) =>
  until(`"${words}" in the legend`, async () =>
    Boolean((await opened.part('legend').textContent())?.includes(words)),
  );

/** Two hosts with two interfaces each, which count upwards. */
async function writeCounters(): Promise<void> {
  const nowMs = Date.now();
  const lines = [90, 60, 30, 0].flatMap((agoS) =>
    ['web', 'db'].flatMap((host) =>
      [0, 1].map((port) => {
        const name = host === 'web' ? `eth${port}` : `bond${port}`;
        const time = nanoseconds(nowMs - agoS * 1000);
        return `net,host=${host},interface=${name} bytes=${100_000 - agoS * 10}i,up=true ${time}\n`;
      }),
    ),
  );
  await writeLines(overseer.ingressUrl, 'queries', lines.join(''));
}

/** The editor in the place of the plain field, with the cursor in it. */
async function openEditor({ page, part }: OpenPage): Promise<void> {
  await part('expression').click();
  await page.locator('.expression[data-editor=code]').waitFor();
}

/** Types over what is written, as people do. */
async function type({ page }: OpenPage, text: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  await page.keyboard.type(text, { delay: 10 });
}

describe.skipIf(!(await hasChromium()))('queries', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
    await writeCounters();
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('several - are drawn in one chart, named, hidden and removed', async () => {
    await using opened = await open('sum by (host) (net_bytes)');
    const { part, page } = opened;
    await seriesCount(opened, 2);
    expect(await part('remove-query:A').count()).toBe(0);

    await part('add-query').click();
    await opened.fillExpression('max(net_bytes)', 'B');
    await part('expression:B').press('Enter');
    await seriesCount(opened, 3);
    expect(opened.address.getAll('expr')).toEqual(['sum by (host) (net_bytes)', 'max(net_bytes)']);

    await part('name-series:A').click();
    await part('legend:A').fill('all of {{host}}');
    await part('legend:A').press('Enter');
    await legend(opened, 'all of web');

    await part('show-query:A').click();
    await seriesCount(opened, 1);
    const { search } = new URL(page.url());
    await using other = await OpenPage.open(browser, overseer.frontendUrl, `/${search}`);
    await seriesCount(other, 1);
    await other.part('show-query:A').click();
    await legend(other, 'all of db');

    await part('remove-query:A').click();
    await until('one query', async () => (await part('remove-query:A').count()) === 0);
    expect(await opened.expression()).toBe('max(net_bytes)');
    expect(opened.address.get('hidden')).toBeNull();
    expect([...opened.problems, ...other.problems]).toEqual([]);
  });

  test('one that is wrong - says so in its row, and the others are drawn', async () => {
    await using opened = await open('net_bytes');
    const { part } = opened;
    await seriesCount(opened, 4);
    await part('add-query').click();
    await opened.fillExpression('sum(m m)', 'B');
    await part('expression:B').press('Enter');
    const row = part('query:B');
    expect(await row.getByTestId('error-position').locator('mark').textContent()).toBe('m');
    expect(await part('query:A').getByTestId('query-error').count()).toBe(0);
    expect(await part('query:A').getByTestId('series-count').textContent()).toBe('4 series');
    expect(await opened.series()).toHaveLength(4);
    expect(opened.problems).toEqual([]);
  });

  test('the builder - writes PromQL by choosing, and reads what is written', async () => {
    await using opened = await open('1');
    const { part, page } = opened;
    await part('builder:A').click();
    await opened.fillExpression('');
    await part('builder-metric').fill('byt');
    await part('builder-metric').press('Enter');
    await seriesCount(opened, 4);
    expect(await opened.expression()).toBe('net_bytes');

    await part('add-filter').click();
    await part('filter-label:0').click();
    await part('option:host').click();
    await part('filter-value:0').click();
    await part('option:web').click();
    await seriesCount(opened, 2);
    await part('add-filter').click();
    await part('filter-label:1').click();
    await part('option:interface').click();
    await part('filter-value:1').click();
    // Those of the other host are none of these.
    await part('option:eth1').waitFor();
    expect(await part('option:bond1').count()).toBe(0);
    await part('option:eth1').click();
    await seriesCount(opened, 1);

    await part('builder-function').selectOption('rate');
    await part('builder-window').fill('2m');
    await part('builder-window').press('Enter');
    await part('builder-group').selectOption('sum');
    await part('builder-by').click();
    await part('option:interface').click();
    const text = 'sum by (interface) (rate(net_bytes{host="web", interface="eth1"}[2m]))';
    await until('the text', async () => (await opened.expression()) === text);
    expect(opened.address.get('expr')).toBe(text);

    await opened.fillExpression('quantile by (host) (0.5, net_bytes{host!~"x|y"})');
    await until(
      'the operator',
      async () => (await part('builder-group').inputValue()) === 'quantile',
    );
    expect(await part('filter-value:0').inputValue()).toBe('x|y');
    await opened.fillExpression('net_bytes / 8');
    await part('builder-note').waitFor();
    expect(await page.getByTestId('builder').count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  test('the editor - completes metrics, labels and their values', async () => {
    await using opened = await open('1');
    const { page } = opened;
    await openEditor(opened);
    const chosen = page.locator('.cm-tooltip-autocomplete li');
    await type(opened, 'sum(net_b');
    await chosen.filter({ hasText: 'net_bytes' }).waitFor();
    await page.keyboard.press('Tab');
    await until('the metric', async () => (await opened.expression()) === 'sum(net_bytes)');
    await page.keyboard.type('{inter', { delay: 10 });
    await chosen.filter({ hasText: 'interface' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('="', { delay: 10 });
    await chosen.filter({ hasText: 'bond0' }).waitFor();
    await page.keyboard.type('bond1', { delay: 10 });
    await until('what fits', async () => (await chosen.count()) === 1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const text = 'sum(net_bytes{interface="bond1"})';
    await until('the value', async () => (await opened.expression()) === text);
    await page.keyboard.press('Enter');
    await until('the address', async () => opened.address.get('expr') === text);
    await seriesCount(opened, 1);
    expect(opened.problems).toEqual([]);
  });

  test('the editor - says what is wrong while it is written, and Escape takes it back', async () => {
    await using opened = await open('net_bytes');
    const { page, part } = opened;
    await openEditor(opened);
    await type(opened, 'rate(net_bytes)');
    await part('lint').waitFor();
    expect(await part('lint').textContent()).toContain('in call to function "rate"');
    // Letters of shortcuts are just letters here.
    await type(opened, 'dpxt[1]');
    expect(new URL(page.url()).pathname).toBe('/');
    await until('no list', async () => {
      await page.keyboard.press('Escape');
      return (await opened.expression()) === 'net_bytes';
    });
    expect(opened.address.get('expr')).toBe('net_bytes');
    expect(opened.problems).toEqual([]);
  });

  test('an editor that comes late - takes the text that there is by then', async () => {
    await using opened = await open('1');
    const { page, part } = opened;
    const { promise: isReleased, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/assets/code-editor-*', async (route) => {
      await isReleased;
      await route.continue();
    });
    await part('expression').fill('sum(net_bytes)');
    await part('expression').press('Enter');
    await seriesCount(opened, 1);
    // The cursor was behind all of it, far beyond the end of what was there before.
    await page.goBack();
    await until('the one before', async () => (await opened.expression()) === '1');
    release();
    await page.locator('.expression[data-editor=code]').waitFor();
    expect(await opened.expression()).toBe('1');
    expect(opened.problems).toEqual([]);
  });

  test('without the editor - the plain field does what is needed', async () => {
    await using opened = await open('net_bytes');
    const { page, part } = opened;
    const refused = page.waitForEvent('requestfailed');
    await page.route('**/assets/code-editor-*', (route) => route.abort());
    await part('expression').click();
    await refused;
    await part('expression').fill('sum(net_bytes)');
    await part('expression').press('Enter');
    await seriesCount(opened, 1);
    expect(await page.locator('.expression[data-editor=plain]').count()).toBe(1);
  });
});
