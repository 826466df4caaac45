import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer, waitUntil } from '@overseer/local/testing';
import { DEADLINE_MS, OpenPage } from './testing/open-page.ts';
import { distance, Picture, parseColour } from './testing/picture.ts';
import { parseShellWords } from './testing/shell-words.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

/** The width of a chart at its first range, 5 minutes. */
const RANGE_MS = 300_000;
/** Ages within a range that stay within it while the tests run. */
const AGE_MS = 60_000;

let overseer: TestOverseer;
let browser: TestBrowser;

const write = (db: string, lines: string) => writeLines(overseer.ingressUrl, db, lines);
const open = (address: string, options = {}) =>
  OpenPage.open(browser, overseer.frontendUrl, address, options);

/** Waits until something of the page is as it should be, and shows how it is when that never comes. */
async function eventually<T>(what: string, read: () => Promise<T>, wanted: T): Promise<void> {
  let found: T | undefined;
  const condition = async () => {
    found = await read();
    return Bun.deepEquals(found, wanted);
  };
  await until(what, condition, () => found);
}

/** What the chart tells of one of its times; pixels from its left and top. */
interface Place {
  readonly tooltip: string;
  /** Where the dot is that marks the value: its line must be there. */
  readonly row: number;
  /** Edges of the part inside the axes. */
  readonly left: number;
  readonly right: number;
}

/** @param share of the chart's width, from the left */
async function readPlace({ page, part }: OpenPage, share: number): Promise<Place> {
  const boxOf = async (selector: string) => {
    const box = await part('chart').locator(selector).boundingBox();
    if (!box) throw new Error(`the chart has no ${selector}`);
    return box;
  };
  const over = await boxOf('.u-over');
  await page.mouse.move(over.x + over.width * share, over.y + over.height / 2);
  await part('tooltip').waitFor();
  const tooltip = (await part('tooltip').textContent()) ?? '';
  const dot = await boxOf('.dot');
  const chart = await boxOf('xpath=.');
  await page.mouse.move(0, 0);
  await part('tooltip').waitFor({ state: 'detached' });
  const left = over.x - chart.x;
  const row = Math.round(dot.y + dot.height / 2 - chart.y);
  return { tooltip, row, left, right: left + over.width };
}

/** A place and the chart's picture without pointer and tooltip, both of one layout. */
async function pictureAt(
  opened: OpenPage,
  share: number,
): Promise<{ place: Place; picture: Picture }> {
  const taken = async () => {
    const place = await readPlace(opened, share);
    const picture = await Picture.of(opened.part('chart'), browser);
    const { row, left, right } = await readPlace(opened, share);
    return Bun.deepEquals({ ...place, row, left, right }, place) && { place, picture };
  };
  return waitUntil(taken, { what: 'the chart to keep still', deadlineMs: DEADLINE_MS });
}

describe.skipIf(!(await hasChromium()))('page', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('first run - gives a command that works, and becomes its chart by itself', async () => {
    // What Overseer writes of itself is not what anybody waits for.
    await write('_overseer', 'process open_fds=1');
    await using opened = await open('/');
    await opened
      .part('database')
      .locator('option', { hasText: '_overseer' })
      .waitFor({ state: 'attached', timeout: DEADLINE_MS });
    await opened.part('first-run').waitFor();
    const command = (await opened.part('curl').textContent()) ?? '';
    const [program, ...words] = await parseShellWords(command);
    expect(program).toBe('curl');
    const url = words.find((word) => word.startsWith('http')) ?? '';
    const body = words[words.indexOf('--data-binary') + 1] ?? '';
    expect(url).toStartWith(overseer.ingressUrl);
    const response = await fetch(url, { method: 'POST', body });
    expect(response.status).toBe(204);
    await opened.part('chart').waitFor();
    await eventually('the value to be drawn', () => opened.newestValue(), 21.5);
    expect(await opened.part('first-run').count()).toBe(0);
    expect(await opened.part('field:room.temperature').getAttribute('aria-selected')).toBe('true');
    expect(opened.problems).toEqual([]);
  });

  test('a value written over HTTP - is in the tooltip and on the canvas of a page that was open', async () => {
    await write('live', 'other value=1\n');
    await using opened = await open('/?db=live&expr=room_t');
    await opened.part('empty').waitFor();
    const before = await Picture.of(opened.part('chart'), browser);
    await opened.page.evaluate('globalThis.isSamePage = true');

    const value = Math.round(Math.random() * 1e9) / 1e6;
    await write('live', `room t=${value} ${nanoseconds(Date.now() - AGE_MS)}\n`);
    await eventually('the value to be drawn', () => opened.newestValue(), value);
    await opened.part('legend').locator('.swatch').waitFor();
    // In the middle of what the value lasts.
    const { picture: after, place } = await pictureAt(opened, 1 - AGE_MS / RANGE_MS / 2);
    expect(place.tooltip).toContain(String(value));
    const colour = parseColour(
      await opened.style('[data-testid=legend] .swatch', 'background-color'),
    );
    const startX = place.right - (place.right - place.left) * (AGE_MS / RANGE_MS);
    const line = { fromX: startX + 20, toX: place.right - 10 };
    const gap = { fromX: place.left + 5, toX: startX - 20 };
    expect(after.shareWithColour(colour, line, place.row, 2)).toBeGreaterThan(0.95);
    expect(after.shareWithColour(colour, gap, place.row, 2)).toBe(0);
    expect(before.shareWithColour(colour, line, place.row, 2)).toBe(0);
    expect(await opened.page.evaluate('globalThis.isSamePage')).toBe(true);
    expect(opened.problems).toEqual([]);
  });

  test('catalogue - fields are picked with a click, text is not', async () => {
    await write('tree', 'cpu,host=a usage=1,model="x"\ncpu,host=b usage=2\ndisk free=3i\n');
    await using opened = await open('/?db=tree&expr=disk_free');
    await eventually('the value to be drawn', () => opened.newestValue(), 3);
    await opened.part('measurement:cpu').press('ArrowRight');
    const text = opened.part('field:cpu.model');
    expect(await text.getAttribute('aria-disabled')).toBe('true');
    await text.click({ force: true });
    expect(opened.address.get('expr')).toBe('disk_free');
    await opened.part('field:cpu.usage').click();
    expect(await opened.expression()).toBe('cpu_usage');
    await eventually('both series', async () => (await opened.series()).length, 2);
    expect(await opened.part('legend').textContent()).toContain('host');
    expect(opened.problems).toEqual([]);
  });

  test('a new measurement - is in the catalogue of an open page', async () => {
    await write('news', 'first value=1\n');
    await using opened = await open('/?db=news');
    await opened.part('measurement:first').waitFor();
    await write('news', 'second value=2\n');
    await opened.part('measurement:second').waitFor();
    expect(opened.problems).toEqual([]);
  });

  test('the address - has the view: back, forward, and the same in another page', async () => {
    await write('views', 'm value=4\n');
    await using opened = await open('/?db=views&expr=m');
    await eventually('the value to be drawn', () => opened.newestValue(), 4);
    await opened.part('range:1h').click();
    expect(opened.address.get('range')).toBe('1h');
    await opened.fillExpression('sum(m)');
    await opened.part('expression').press('Enter');
    await eventually('the sum', async () => (await opened.series())[0]?.labels, {});
    await opened.page.goBack();
    await eventually('the one before', () => opened.expression(), 'm');
    await opened.page.goBack();
    expect(opened.address.get('range')).toBeNull();
    await opened.page.goForward();
    await opened.page.goForward();
    const { search } = new URL(opened.page.url());
    await using other = await open(`/${search}`);
    await eventually('the sum', () => other.newestValue(), 4);
    expect(await other.expression()).toBe('sum(m)');
    expect([...opened.problems, ...other.problems]).toEqual([]);
  });

  test('theme - follows the system, and the choice is remembered', async () => {
    await using opened = await open('/?db=views&expr=m', { colorScheme: 'dark' });
    const { page } = opened;
    const background = async () => parseColour(await opened.style('html', 'background-color'));
    const dark = await background();
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await background();
    expect(distance(dark, [0, 0, 0])).toBeLessThan(distance(light, [0, 0, 0]));
    await opened.part('theme').click();
    expect(await opened.part('theme').getAttribute('data-choice')).toBe('dark');
    expect(await background()).toEqual(dark);
    await page.reload();
    expect(await opened.part('theme').getAttribute('data-choice')).toBe('dark');
    expect(await background()).toEqual(dark);
    expect(opened.problems).toEqual([]);
  });

  test('a bad expression - is told with its place, and mended in place', async () => {
    await using opened = await open('/?db=views&expr=sum(m%20m)');
    await opened.part('error').waitFor();
    expect(await opened.part('error-position').locator('mark').textContent()).toBe('m');
    expect(await opened.part('error').textContent()).toContain('line 1, column 7');
    await opened.fillExpression('sum(m)');
    await opened.part('expression').press('Enter');
    await eventually('the sum', () => opened.newestValue(), 4);
    expect(await opened.part('error').count()).toBe(0);
    expect(opened.problems).toEqual([]);
  });

  test('what is not supported - is told as that', async () => {
    await using opened = await open('/?db=views&expr=info(m)');
    await opened.part('error').waitFor();
    expect(await opened.part('error').getAttribute('data-kind')).toBe('unsupported');
    expect(opened.problems).toEqual([]);
  });

  test('policy - forbids scripts that are not the page’s own', async () => {
    await using opened = await open('/?db=views&expr=m');
    await opened.page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.isInjected = true';
      document.body.append(script);
    })()`);
    expect(await opened.page.evaluate('globalThis.isInjected ?? false')).toBe(false);
    expect(opened.problems.join()).toContain('Content Security Policy');
  });
});
