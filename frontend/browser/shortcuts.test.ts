import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

let overseer: TestOverseer;
let browser: TestBrowser;

const open = (address: string, options = {}) =>
  OpenPage.open(browser, overseer.frontendUrl, address, options);

const focused = ({ page }: OpenPage) => page.evaluate('document.activeElement.dataset.testid');

describe.skipIf(!(await hasChromium()))('shortcuts', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
    await writeLines(overseer.ingressUrl, 'keys', `wave value=1 ${nanoseconds(Date.now())}\n`);
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('keys - change range, time and theme', async () => {
    await using opened = await open('/?db=keys&expr=wave');
    const { page, part } = opened;
    await until('the point', async () => (await opened.series()).length === 1);
    await page.keyboard.press('3');
    expect(opened.address.get('range')).toBe('1h');
    await page.keyboard.press('[');
    expect(opened.address.get('range')).toContain('/');
    await page.keyboard.press('1');
    expect(opened.address.get('range')).toBeNull();
    await page.keyboard.press('p');
    await part('paused').waitFor();
    await page.keyboard.press('p');
    await part('paused').waitFor({ state: 'detached' });
    expect(await part('theme').getAttribute('data-choice')).toBe('system');
    await page.keyboard.press('t');
    await until('dark', async () => (await part('theme').getAttribute('data-choice')) === 'dark');
    expect(opened.problems).toEqual([]);
  });

  test('keys - zoom out', async () => {
    const zoom = '2026-01-31T12:00:00Z/2026-01-31T13:00:00Z';
    await using opened = await open(`/?db=keys&expr=wave&zoom=${zoom}`);
    await opened.part('zoom:1').waitFor();
    await opened.page.keyboard.press('z');
    await opened.part('zoom:1').waitFor({ state: 'detached' });
    expect(opened.address.get('zoom')).toBeNull();
  });

  test('keys - lead to search and expression, where they are letters', async () => {
    await using opened = await open('/?db=keys&expr=wave');
    const { page, part } = opened;
    await part('expression').waitFor();
    await page.keyboard.press('/');
    await until('the search', async () => (await focused(opened)) === 'search');
    await page.keyboard.type('3pt/');
    expect(await part('search').inputValue()).toBe('3pt/');
    expect(opened.address.get('range')).toBeNull();
    await page.keyboard.press('Escape');
    await page.keyboard.press('e');
    const isInQuery = 'document.activeElement.closest(".expression") !== null';
    await until('the expression', async () => (await page.evaluate(isInQuery)) === true);
    await page.keyboard.press('3');
    expect(opened.address.get('range')).toBeNull();
    expect(opened.problems).toEqual([]);
  });

  test('the search - is of dashboards, where they are listed, and of fields again afterwards', async () => {
    await using opened = await open('/dashboards');
    const { page, part } = opened;
    await part('dashboard:host').waitFor();
    await page.keyboard.press('/');
    await until('the search', async () => (await focused(opened)) === 'dashboard-search');
    await page.keyboard.type('pipe/');
    expect(await part('dashboard-search').inputValue()).toBe('pipe/');
    await part('dashboard-search').fill('pipe');
    await part('dashboard:host').waitFor({ state: 'detached' });
    await part('dashboard:pipeline').click();
    await part('dashboard').waitFor();
    // Nothing is to be searched here.
    await page.keyboard.press('/');
    await page.keyboard.press('x');
    await until('where one explores', async () => new URL(page.url()).pathname === '/');
    await part('search').waitFor();
    await page.keyboard.press('/');
    await until('the search', async () => (await focused(opened)) === 'search');
    expect(opened.problems).toEqual([]);
  });

  test('the search - is opened with the drawer on a narrow screen', async () => {
    await using opened = await open('/?db=keys&expr=wave', {
      viewport: { width: 390, height: 844 },
    });
    await opened.part('expression').waitFor();
    expect(await opened.part('search').isVisible()).toBe(false);
    await opened.page.keyboard.press('/');
    await until('the search', async () => (await focused(opened)) === 'search');
  });

  test('the question mark - lists what there is, and Escape closes it', async () => {
    await using opened = await open('/?db=keys&expr=wave');
    const { page, part } = opened;
    await part('expression').waitFor();
    await page.keyboard.press('?');
    await part('shortcut-help').waitFor();
    const text = await part('shortcut-help').textContent();
    for (const words of ['Search fields', 'The last 6 hours', 'Zoom out', 'Pin the tooltip']) {
      expect(text).toContain(words);
    }
    // Nothing behind it hears the keys.
    await page.keyboard.press('3');
    expect(opened.address.get('range')).toBeNull();
    await page.keyboard.press('Escape');
    await part('shortcut-help').waitFor({ state: 'detached' });
    await part('help').click();
    await part('shortcut-help').waitFor();
    expect(opened.problems).toEqual([]);
  });
});
