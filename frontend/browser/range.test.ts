import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

let overseer: TestOverseer;
let browser: TestBrowser;

const open = (address: string, options = {}) =>
  OpenPage.open(browser, overseer.frontendUrl, address, options);

/** Five minutes of a value a second. */
async function writeMinutes(db: string, endMs: number): Promise<void> {
  const lines = Array.from(
    { length: 300 },
    (_, ago) => `wave value=${ago % 10} ${nanoseconds(endMs - ago * 1000)}\n`,
  );
  await writeLines(overseer.ingressUrl, db, lines.join(''));
}

describe.skipIf(!(await hasChromium()))('the range', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('a length of its own - is shown, in the address, and kept for the next time', async () => {
    await writeMinutes('length', Math.floor(Date.now() / 1000) * 1000);
    await using opened = await open('/?db=length&expr=wave');
    const { page, part } = opened;
    await part('range:custom').click();
    await part('range-length').fill('soon');
    await part('show-length').click();
    expect(await part('range-length-problem').textContent()).toContain('45m');
    expect(opened.address.get('range')).toBeNull();
    await part('range-length').fill('1h30m');
    expect(await part('range-length-problem').count()).toBe(0);
    await page.keyboard.press('Enter');
    await part('range-dialog').waitFor({ state: 'detached' });
    expect(opened.address.get('range')).toBe('90m');
    expect(await part('range:custom').textContent()).toBe('90m');
    expect(await page.evaluate('document.activeElement.dataset.testid')).toBe('range:custom');
    await part('range:5m').click();
    await page.reload();
    await part('range:custom').click();
    await page.getByRole('button', { name: 'last 90m' }).click();
    expect(opened.address.get('range')).toBe('90m');
    expect(opened.problems).toEqual([]);
  });

  test('from when to when - is read in the zone, with what is wrong told beside it', async () => {
    await using opened = await open('/?db=length&expr=wave&tz=Asia%2FKolkata');
    const { page, part } = opened;
    await part('range:custom').click();
    await part('range-from').fill('2026-02-30 12:00');
    await part('range-to').fill('2026-01-31 13:00');
    await part('show-interval').click();
    await part('range-from-problem').waitFor();
    expect(await part('range-to-problem').count()).toBe(0);
    await part('range-from').fill('2026-01-31 12:00');
    await part('show-interval').click();
    expect(opened.address.get('range')).toBe('2026-01-31T06:30:00Z/2026-01-31T07:30:00Z');
    expect(await part('zoom:0').textContent()).toContain('31 Jan');
    expect(await part('zoom:0').textContent()).toContain('12:00:00 – 13:00:00');
    // A picked time takes the place of a written one.
    await part('range:custom').click();
    await part('range-to-calendar').fill('2026-01-31T14:00');
    await part('show-interval').click();
    expect(opened.address.get('range')).toBe('2026-01-31T06:30:00Z/2026-01-31T08:30:00Z');
    await part('range:custom').click();
    await page.keyboard.press('Escape');
    await part('range-dialog').waitFor({ state: 'detached' });
    expect(opened.problems).toEqual([]);
  });

  test('another zone - is told in all times, in the address, and kept by the browser', async () => {
    const endMs = Math.floor(Date.now() / 1000) * 1000;
    await writeMinutes('zone', endMs);
    const range = '2026-01-31T12:00:00Z/2026-01-31T13:00:00Z';
    const options = { timezoneId: 'America/New_York' };
    await using opened = await open(`/?db=zone&expr=wave&range=${range}`, options);
    const { page, part } = opened;
    const shown = () => part('zoom:0').textContent();
    expect(await shown()).toContain('07:00:00 – 08:00:00');
    await part('range:custom').click();
    await part('zone').fill('europe/berlin');
    await page.keyboard.press('Enter');
    await until('Berlin', async () => (await shown())?.includes('13:00:00 – 14:00:00') ?? false);
    expect(opened.address.get('tz')).toBe('Europe/Berlin');
    await part('zone').fill('Mars');
    await page.keyboard.press('Enter');
    await part('zone-problem').waitFor();
    expect(await part('range-from').inputValue()).toBe('2026-01-31 13:00');
    await page.goto(`${overseer.frontendUrl}/?db=zone&expr=wave&range=${range}`);
    await until('the same', async () => (await shown())?.includes('13:00:00 – 14:00:00') ?? false);
    expect(opened.address.get('tz')).toBe('Europe/Berlin');
    await part('range:custom').click();
    await part('zone:browser').click();
    await until('New York', async () => (await shown())?.includes('07:00:00') ?? false);
    expect(opened.address.get('tz')).toBeNull();
    expect(opened.problems).toEqual([]);
  });

  test('on a phone - all of it is within the screen', async () => {
    const viewport = { width: 390, height: 844 };
    await using opened = await open('/?db=length&expr=wave', { viewport });
    await opened.part('range:custom').click();
    const box = await opened.part('range-dialog').boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(viewport.width);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(viewport.height);
    expect(opened.problems).toEqual([]);
  });

  test('looking at a live chart - keeps it still, and loses nothing', async () => {
    const startMs = Math.floor(Date.now() / 1000) * 1000;
    await writeMinutes('still', startMs);
    await using opened = await open('/?db=still&expr=wave');
    const { page, part } = opened;
    await until('the points', async () => (await opened.series()).length === 1);
    const drawnAt = () => page.evaluate('overseer.chart.drawnAt');
    const box = await part('chart').locator('.u-over').boundingBox();
    if (!box) throw new Error('there is no chart');
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
    await part('paused').waitFor();
    await part('tooltip').waitFor();
    const readAt = await part('tooltip').textContent();
    const stoodAt = await drawnAt();
    await writeLines(
      overseer.ingressUrl,
      'still',
      `wave value=77 ${nanoseconds(startMs + 1000)}\n`,
    );
    await until('what is new', async () => (await opened.newestValue()) === 77);
    await until('the count of it', async () =>
      /paused, [1-9]/.test((await part('paused').textContent()) ?? ''),
    );
    expect(await drawnAt()).toBe(stoodAt);
    expect(await part('tooltip').textContent()).toBe(readAt);
    await page.mouse.move(0, 0);
    await part('paused').waitFor({ state: 'detached' });
    await until('a new picture', async () => (await drawnAt()) !== stoodAt);
    // A pinned tooltip stays, and the picture goes on.
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.up();
    await part('tooltip').locator('.tooltip-pin').waitFor();
    expect(await part('paused').count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  test('pausing - keeps the picture until it is told to go on', async () => {
    const startMs = Math.floor(Date.now() / 1000) * 1000;
    await writeMinutes('pause', startMs);
    await using opened = await open('/?db=pause&expr=wave');
    const { page, part } = opened;
    await until('the points', async () => (await opened.series()).length === 1);
    await part('pause').click();
    await part('paused').waitFor();
    await page.mouse.move(0, 0);
    await writeLines(
      overseer.ingressUrl,
      'pause',
      `wave value=78 ${nanoseconds(startMs + 1000)}\n`,
    );
    await until('what is new', async () => (await opened.newestValue()) === 78);
    await part('paused').waitFor();
    await part('pause').click();
    await part('paused').waitFor({ state: 'detached' });
    expect(opened.problems).toEqual([]);
  });
});
