import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const SECONDS = 280;

let overseer: TestOverseer;
let browser: TestBrowser;

/** Fingers, by shares of the chart's width: where each begins, and where it ends. */
type Fingers = readonly (readonly [from: number, to: number])[];

/** A chart on a phone. */
class Phone implements AsyncDisposable {
  private constructor(readonly opened: OpenPage) {}

  static async open(range: string): Promise<Phone> {
    const address = `/?db=touch&expr=wave&range=${range}`;
    const opened = await OpenPage.open(browser, overseer.frontendUrl, address, PHONE);
    await until('the series', async () => (await opened.series()).length === 1);
    return new Phone(opened);
  }

  async tap(share: number): Promise<void> {
    const { x, y, width } = await this.#chart();
    await this.opened.page.touchscreen.tap(x + share * width, y);
  }

  /** Moves fingers over the chart, all at once. */
  async drag(fingers: Fingers): Promise<void> {
    const { x, y, width } = await this.#chart();
    const { page } = this.opened;
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove', done: number) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: fingers.map(([from, to], id) => ({
          ...{ id, y: y + 40 * id, x: x + width * (from + (to - from) * done) },
        })),
      });
    await touch('touchStart', 0);
    for (const done of [0.25, 0.5, 0.75, 1]) await touch('touchMove', done);
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await session.detach();
  }

  async tooltip(): Promise<string | null> {
    await this.opened.part('tooltip').waitFor();
    return this.opened.part('tooltip').locator('time').textContent();
  }

  /** Milliseconds since 1970: of a parameter of the address that has a fixed time. */
  interval(name: string): [fromMs: number, toMs: number] {
    const [from = '', to = ''] = (this.opened.address.getAll(name).at(-1) ?? '').split('/');
    return [Date.parse(from), Date.parse(to)];
  }

  async #chart(): Promise<{ x: number; y: number; width: number }> {
    const box = await this.opened.part('chart').locator('.u-over').boundingBox();
    if (!box) throw new Error('there is no chart');
    return { x: box.x, y: box.y + box.height / 3, width: box.width };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.opened[Symbol.asyncDispose]();
  }
}

describe.skipIf(!(await hasChromium()))('touch', () => {
  const endMs = Math.floor(Date.now() / 1000) * 1000;
  const startMs = endMs - SECONDS * 1000;
  const fixed = [startMs, endMs].map((timeMs) => new Date(timeMs).toISOString()).join('/');

  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
    const lines = Array.from(
      { length: SECONDS },
      (_, ago) => `wave value=${ago % 10} ${nanoseconds(endMs - ago * 1000)}\n`,
    );
    await writeLines(overseer.ingressUrl, 'touch', lines.join(''));
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('a tap - shows the tooltip, one elsewhere takes it there, one on it takes it away', async () => {
    await using phone = await Phone.open(fixed);
    await phone.tap(0.3);
    const first = await phone.tooltip();
    await phone.tap(0.7);
    await until('the other time', async () => (await phone.tooltip()) !== first);
    await phone.tap(0.7);
    await phone.opened.part('tooltip').waitFor({ state: 'detached' });
    expect(phone.opened.problems).toEqual([]);
  });

  test('one finger - zooms into what it went over', async () => {
    await using phone = await Phone.open(fixed);
    await phone.drag([[0.25, 0.75]]);
    await until('the zoom', async () => phone.opened.address.getAll('zoom').length === 1);
    const [fromMs, toMs] = phone.interval('zoom');
    expect((fromMs - startMs) / (endMs - startMs)).toBeWithin(0.22, 0.28);
    expect((toMs - startMs) / (endMs - startMs)).toBeWithin(0.72, 0.78);
    expect(await phone.opened.part('tooltip').count()).toBe(0);
    expect(phone.opened.problems).toEqual([]);
  });

  test('two fingers - move the chart, and stretch it', async () => {
    await using phone = await Phone.open(fixed);
    await phone.drag([
      [0.2, 0.5],
      [0.5, 0.8],
    ]);
    await until('an earlier time', async () => phone.interval('range')[0] < startMs);
    const [fromMs, toMs] = phone.interval('range');
    expect(toMs - fromMs).toBe(endMs - startMs);
    expect((startMs - fromMs) / (endMs - startMs)).toBeWithin(0.27, 0.33);
    await phone.drag([
      [0.4, 0.2],
      [0.6, 0.8],
    ]);
    await until('the zoom', async () => phone.opened.address.getAll('zoom').length === 1);
    const [zoomedFromMs, zoomedToMs] = phone.interval('zoom');
    expect((zoomedToMs - zoomedFromMs) / (toMs - fromMs)).toBeWithin(0.3, 0.37);
    expect(phone.opened.problems).toEqual([]);
  });
});
