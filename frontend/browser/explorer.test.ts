import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

const HOSTS = 30;

let overseer: TestOverseer;
let browser: TestBrowser;

const open = (address: string, options = {}) =>
  OpenPage.open(browser, overseer.frontendUrl, address, options);

describe.skipIf(!(await hasChromium()))('the explorer', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
    const timeMs = nanoseconds(Date.now());
    const lines = Array.from(
      { length: HOSTS },
      (_, host) =>
        `disk,host=host${host},kind=${host % 2 ? 'ssd' : 'hdd'} used=${host},name="d" ${timeMs}\n`,
    );
    await writeLines(overseer.ingressUrl, 'facts', lines.join(''));
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('a measurement - is told about, and a press on a value filters the chart', async () => {
    await using opened = await open('/?db=facts&expr=sum%20by%20(kind)%20(disk_used)');
    const { page, part } = opened;
    await until('both kinds', async () => (await opened.series()).length === 2);
    await part('about:disk').click();
    await part('tag:kind').waitFor();
    expect(opened.address.get('about')).toBe('disk');
    expect(await part('facts').textContent()).toContain(`series${HOSTS}`);
    expect(await part('explorer-field:name').isDisabled()).toBe(true);
    expect(await part('tag:host').textContent()).toContain(`${HOSTS} values`);
    await part('tag-search:host').fill('host2');
    await until('those found', async () => (await part('tag:host').locator('li').count()) === 11);
    await part('tag:kind').getByText('ssd').click();
    expect(opened.address.get('expr')).toBe('sum by (kind) (disk_used{kind="ssd"})');
    await until('one kind', async () => (await opened.series()).length === 1);
    await page.keyboard.press('Escape');
    await part('explorer').waitFor({ state: 'detached' });
    expect(opened.address.get('about')).toBeNull();
    expect(opened.problems).toEqual([]);
  });

  test('a query of something else - gives way to the first field', async () => {
    await using opened = await open('/?db=facts&expr=vector(1)&about=disk');
    await opened.part('tag:kind').getByText('hdd').click();
    expect(opened.address.get('expr')).toBe('disk_used{kind="hdd"}');
    await until('its series', async () => (await opened.series()).length === HOSTS / 2);
    await opened.part('explorer-field:used').click();
    expect(opened.address.get('expr')).toBe('disk_used');
    expect(opened.problems).toEqual([]);
  });

  test('keys - open it from the tree', async () => {
    await using opened = await open('/?db=facts&expr=disk_used');
    await opened.part('measurement:disk').focus();
    await opened.page.keyboard.press('i');
    await opened.part('explorer').waitFor();
    expect(opened.address.get('about')).toBe('disk');
    expect(opened.problems).toEqual([]);
  });

  test('the database - tells where its series come from', async () => {
    await using opened = await open('/?db=facts&expr=disk_used');
    await opened.part('about-database').click();
    const { part } = opened;
    await part('facts').waitFor();
    expect(await part('facts').textContent()).toContain(`series${HOSTS}`);
    expect(await part('explorer').textContent()).toContain('kind=ssd');
    expect(opened.problems).toEqual([]);
  });

  test('a measurement that is none - is said to be', async () => {
    await using opened = await open('/?db=facts&expr=disk_used&about=nothing');
    await until('the words', async () =>
      ((await opened.part('explorer').textContent()) ?? '').includes('no such measurement'),
    );
  });

  test('a time without samples - leads to where they are', async () => {
    const range = '2026-01-01T00:00:00Z/2026-01-01T01:00:00Z';
    await using opened = await open(`/?db=facts&expr=disk_used&range=${range}`);
    await opened.part('outside').waitFor();
    expect(await opened.part('outside').textContent()).toContain('after this time');
    await opened.part('look-there').click();
    await until('the series', async () => (await opened.series()).length === HOSTS);
    const later = '2037-01-01T00:00:00Z/2037-01-01T01:00:00Z';
    await opened.page.goto(`${overseer.frontendUrl}/?db=facts&expr=disk_used&range=${later}`);
    await opened.part('outside').waitFor();
    expect(await opened.part('outside').textContent()).toContain('before this time');
    await opened.part('look-there').click();
    await until('the newest samples', async () => (await opened.series()).length === HOSTS);
    expect(opened.problems).toEqual([]);
  });

  test('a clock that is a minute off - is told, one of seconds is not', async () => {
    await using opened = await open('/?db=facts&expr=disk_used');
    const { page, part } = opened;
    const state = () => part('connection').getAttribute('data-state');
    await until('the connection', async () => (await state()) === 'live');
    // In this browser it is two minutes earlier.
    await page.addInitScript('const now = Date.now; Date.now = () => now() - 120_000');
    await page.reload();
    await until('the warning', async () => (await state()) === 'clock');
    expect(await part('connection').textContent()).toMatch(/server clock 1(19|20|21) s ahead/);
  });
});
