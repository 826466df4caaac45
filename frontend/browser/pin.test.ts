import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { OpenPage } from './testing/open-page.ts';
import { Pulse } from './testing/pulse.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

const UPDATES = 50;
const PHONE = { width: 390, height: 844 };

let overseer: TestOverseer;
let browser: TestBrowser;

async function overOf({ part }: OpenPage) {
  const box = await part('chart').locator('.u-over').boundingBox();
  if (!box) throw new Error('there is no chart');
  return box;
}

describe.skipIf(!(await hasChromium()))('a pinned tooltip', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('updates and a zoom - leave it where it is, with what it told', async () => {
    const startMs = Date.now() - 120_000;
    const lines = Array.from(
      { length: 100 },
      (_, i) => `pin value=7 ${nanoseconds(startMs + i * 1000)}\n`,
    );
    await writeLines(overseer.ingressUrl, 'pin', lines.join(''));
    const pulse = new Pulse(overseer.ingressUrl, 'pin', 'pin');
    await using opened = await OpenPage.open(browser, overseer.frontendUrl, '/?db=pin&expr=pin');
    const { page, part } = opened;
    await until('the points', async () => (await opened.series()).length === 1);
    const { x, y, width, height } = await overOf(opened);
    // A minute and a half ago, of five.
    await page.mouse.click(x + width * 0.7, y + height / 2);
    await until(
      'the pin',
      async () => (await part('tooltip').getAttribute('data-pinned')) === 'true',
    );
    const told = await part('tooltip').textContent();
    expect(told).toContain('7');
    await page.mouse.move(0, 0);

    const before = (await opened.newestValue()) ?? 0;
    await until('the updates', async () => ((await opened.newestValue()) ?? 0) >= before + UPDATES);
    expect(await part('tooltip').textContent()).toBe(told);
    await pulse.end();

    await page.mouse.move(x + width * 0.4, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.9, y + height / 2, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(0, 0);
    await until('the zoom', async () => opened.address.getAll('zoom').length === 1);
    await until('the finer points', async () => (await opened.series()).length === 1);
    await part('tooltip').waitFor();
    expect(await part('tooltip').textContent()).toBe(told);
    expect(await part('tooltip').getAttribute('data-pinned')).toBe('true');
    expect(opened.problems).toEqual([]);
  });

  test('on a phone - stays on the screen, wherever it is', async () => {
    const nowMs = Date.now();
    const name = 'a-rather-long-name-of-a-host-in-some-data-centre';
    const lines = Array.from({ length: 290 }, (_, ago) =>
      [1, 2, 3]
        .map(
          (host) => `phone,host=${name}-${host} value=${host} ${nanoseconds(nowMs - ago * 1000)}`,
        )
        .join('\n'),
    );
    await writeLines(overseer.ingressUrl, 'pin', lines.join('\n'));
    await using opened = await OpenPage.open(browser, overseer.frontendUrl, '/?db=pin&expr=phone', {
      viewport: PHONE,
    });
    const { page, part } = opened;
    await until('the points', async () => (await opened.series()).length === 3);
    const { x, y, width, height } = await overOf(opened);
    for (const across of [0.05, 0.3, 0.5, 0.7, 0.95]) {
      for (const down of [0.05, 0.5, 0.95]) {
        await page.mouse.move(x + width * across, y + height * down);
        await part('tooltip').waitFor();
        const box = await part('tooltip').boundingBox();
        if (!box) throw new Error('there is no tooltip');
        const edges = [box.x, PHONE.width - box.x - box.width];
        expect(Math.min(...edges), `at ${across}, ${down}`).toBeGreaterThanOrEqual(0);
      }
    }
    expect(opened.problems).toEqual([]);
  });
});
