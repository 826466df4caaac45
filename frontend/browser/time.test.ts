import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

let overseer: TestOverseer;
let browser: TestBrowser;

const open = (address: string) => OpenPage.open(browser, overseer.frontendUrl, address);

/** Half an hour of a value a second, with one spike of a second. */
const SPIKE = 1000;
const SECONDS = 1800;
const spikeAgoS = 900;

async function writeHalfHour(db: string, endMs: number): Promise<void> {
  const lines = Array.from({ length: SECONDS }, (_, ago) => {
    const value = ago === spikeAgoS ? SPIKE : ago % 10;
    return `wave value=${value} ${nanoseconds(endMs - ago * 1000)}\n`;
  });
  await writeLines(overseer.ingressUrl, db, lines.join(''));
}

/** Drags over a part of the chart. @param from and to: shares of its width */
async function drag({ page, part }: OpenPage, from: number, to: number): Promise<void> {
  const box = await part('chart').locator('.u-over').boundingBox();
  if (!box) throw new Error('there is no chart');
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y, { steps: 4 });
  await page.mouse.up();
}

async function largest(opened: OpenPage): Promise<number> {
  const [series] = await opened.series();
  return Math.max(0, ...(series?.values ?? []).map((value) => value ?? 0));
}

describe.skipIf(!(await hasChromium()))('time', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('zooming - goes in step by step, and back the same way', async () => {
    const endMs = Math.floor(Date.now() / 1000) * 1000;
    await writeHalfHour('zoom', endMs);
    await using opened = await open('/?db=zoom&expr=wave&range=1h');
    await until('the half hour', async () => (await largest(opened)) > 0);
    expect(opened.address.getAll('zoom')).toEqual([]);
    await drag(opened, 0.5, 0.9);
    await until('the first zoom', async () => opened.address.getAll('zoom').length === 1);
    const finer = async () => {
      const [series] = await opened.series();
      return ((series?.times[1] ?? 0) - (series?.times[0] ?? 0)) / 1000;
    };
    // Two values each five seconds before.
    await until('every second', async () => (await finer()) < 2.5);
    await drag(opened, 0.2, 0.6);
    await until('the second zoom', async () => opened.address.getAll('zoom').length === 2);
    expect(await opened.part('time-trail').locator('li').count()).toBe(3);

    const { search } = new URL(opened.page.url());
    await using other = await open(`/${search}`);
    await other.part('zoom:2').waitFor();
    await until('the same points', async () => (await other.series()).length === 1);

    // Escape first takes the tooltip away.
    await opened.page.mouse.move(0, 0);
    await opened.part('chart').focus();
    await opened.page.keyboard.press('Escape');
    await until('one back', async () => opened.address.getAll('zoom').length === 1);
    await opened.part('zoom:0').click();
    await until('all the way back', async () => opened.address.getAll('zoom').length === 0);
    await until('the live chart', async () => (await finer()) === 2.5);
    expect([...opened.problems, ...other.problems]).toEqual([]);
  });

  test('a spike of one second - is seen in half a day', async () => {
    const endMs = Math.floor(Date.now() / 1000) * 1000;
    await writeHalfHour('spike', endMs);
    const day = [endMs - 86_400_000 / 2, endMs + 60_000].map((timeMs) =>
      new Date(timeMs).toISOString(),
    );
    await using opened = await open(`/?db=spike&expr=wave&range=${day.join('/')}`);
    await until('the points', async () => (await opened.series()).length === 1);
    expect(await largest(opened)).toBe(SPIKE);
    expect(opened.problems).toEqual([]);
  });

  test('a spike of one second - is seen in a live day as it is written, and the tooltip tells both', async () => {
    const endMs = Math.floor(Date.now() / 1000) * 1000;
    await writeHalfHour('live-spike', endMs);
    await using opened = await open('/?db=live-spike&expr=wave&range=24h');
    await until('the spike', async () => (await largest(opened)) === SPIKE);
    const [series] = await opened.series();
    expect(series?.values.length).toBeLessThan(1500);
    await writeLines(
      overseer.ingressUrl,
      'live-spike',
      `wave value=${2 * SPIKE} ${nanoseconds(endMs - 600_000)}\n`,
    );
    await until('the new spike', async () => (await largest(opened)) === 2 * SPIKE);
    await opened.part('chart').focus();
    await opened.page.keyboard.press('ArrowLeft');
    await opened.part('tooltip').waitFor();
    for (let step = 0; step < 30; step++) {
      if ((await opened.part('tooltip').textContent())?.includes(`0 – ${2 * SPIKE}`)) break;
      await opened.page.keyboard.press('ArrowLeft');
    }
    expect(await opened.part('tooltip').textContent()).toContain(`0 – ${2 * SPIKE}`);
    expect(opened.problems).toEqual([]);
  });

  test('panning - moves a live chart into the past, where it stays', async () => {
    const endMs = Math.floor(Date.now() / 1000) * 1000;
    await writeHalfHour('pan', endMs);
    await using opened = await open('/?db=pan&expr=wave');
    await until('the points', async () => (await opened.series()).length === 1);
    await opened.part('pan-back').click();
    await until('a fixed range', async () => opened.address.get('range')?.includes('/') ?? false);
    await until('points before', async () => {
      const [series] = await opened.series();
      return (series?.times[0] ?? endMs) < endMs - 400_000;
    });
    await opened.part('range:5m').click();
    expect(opened.address.get('range')).toBeNull();
    expect(opened.problems).toEqual([]);
  });

  test('a bad expression over a fixed time - is told with its place', async () => {
    const range = '2026-01-01T00:00:00Z/2026-01-01T01:00:00Z';
    await using opened = await open(`/?db=pan&expr=sum(m%20m)&range=${range}`);
    await opened.part('error').waitFor();
    expect(await opened.part('error-position').locator('mark').textContent()).toBe('m');
  });
});
