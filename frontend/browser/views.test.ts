import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer } from '@overseer/local/testing';
import { OpenPage } from './testing/open-page.ts';
import { until } from './testing/until.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

const DB = 'views';
const GIB = 1024 ** 3;
const SECONDS = 240;

let overseer: TestOverseer;
let browser: TestBrowser;

const open = (query: string) => OpenPage.open(browser, overseer.frontendUrl, `/?db=${DB}&${query}`);

/** Four minutes of two hosts' memory, of a value around zero, and of a histogram that gains 10, 30 and 5 in its buckets every 5 s. */
async function writeSamples(): Promise<void> {
  const endMs = Math.floor(Date.now() / 1000) * 1000;
  const lines: string[] = [];
  for (let ago = SECONDS; ago >= 0; ago -= 5) {
    const time = nanoseconds(endMs - ago * 1000);
    const gains = (SECONDS - ago) / 5;
    lines.push(`memory,host=a used_bytes=${3 * GIB}i ${time}`);
    lines.push(`memory,host=b used_bytes=${GIB}i ${time}`);
    lines.push(`wave value=${ago % 10 === 0 ? -5 : 100} ${time}`);
    for (const [le, gain] of [
      ['0.1', 10],
      ['1', 40],
      ['+Inf', 45],
    ] as const) {
      lines.push(`wait_seconds_bucket,le=${le} value=${gains * gain} ${time}`);
    }
  }
  await writeLines(overseer.ingressUrl, DB, `${lines.join('\n')}\n`);
}

describe.skipIf(!(await hasChromium()))('views of a panel', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
    await writeSamples();
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('the view - is switched by keyboard, kept in the address, and back leads back', async () => {
    await using opened = await open('expr=memory_used_bytes');
    const { page, part } = opened;
    await part('chart').waitFor();
    expect(await part('table-view').count()).toBe(0);
    await part('view:table').focus();
    await page.keyboard.press('Enter');
    await part('table-view').waitFor();
    expect(opened.address.get('view')).toBe('table');
    expect(await part('chart').count()).toBe(0);
    await page.goBack();
    await part('chart').waitFor();
    expect(opened.address.get('view')).toBeNull();
    expect(opened.problems).toEqual([]);
  });

  test('a unit - is suggested by the name, and told everywhere', async () => {
    await using opened = await open('expr=memory_used_bytes');
    const { part } = opened;
    const legend = part('legend');
    await legend.getByText('host=a').waitFor();
    expect(await legend.textContent()).toContain(String(3 * GIB));
    await part('options').click();
    await part('unit-suggestion').click();
    await until('the unit', async () => (await legend.textContent())?.includes('3 GiB') ?? false);
    expect(opened.address.get('unit')).toBe('bytes');
    await opened.page.keyboard.press('Escape');
    await part('options-form').waitFor({ state: 'hidden' });
    await part('chart').focus();
    await opened.page.keyboard.press('ArrowLeft');
    expect(await part('tooltip').textContent()).toContain('GiB');
    expect(opened.problems).toEqual([]);
  });

  test('stacked areas - tell the sum of all', async () => {
    await using opened = await open('expr=memory_used_bytes&unit=bytes');
    const { page, part } = opened;
    await part('legend').getByText('host=a').waitFor();
    await part('chart').focus();
    await page.keyboard.press('ArrowLeft');
    expect(await part('tooltip-sum').count()).toBe(0);
    await part('view:stacked').click();
    await part('chart').focus();
    await page.keyboard.press('ArrowLeft');
    expect(await part('tooltip-sum').textContent()).toContain('4 GiB');
    expect(opened.problems).toEqual([]);
  });

  test('a logarithmic scale - leaves out what has no logarithm, and says so', async () => {
    await using opened = await open('expr=wave');
    const { part } = opened;
    await part('legend').getByText('wave').waitFor();
    expect(await part('left-out').count()).toBe(0);
    await part('options').click();
    await part('scale:log').click();
    await part('left-out').waitFor();
    expect(opened.address.get('scale')).toBe('log');
    expect(opened.problems).toEqual([]);
  });

  test('ends of the axis - are refused the wrong way round', async () => {
    await using opened = await open('expr=wave&max=10');
    const { part } = opened;
    await part('options').click();
    await part('option-min').fill('20');
    await part('option-min').press('Enter');
    await part('options-form').getByRole('alert').waitFor();
    expect(opened.address.get('min')).toBeNull();
    await part('option-min').fill('-20');
    await part('option-min').press('Enter');
    await until('the end', async () => opened.address.get('min') === '-20');
    expect(opened.problems).toEqual([]);
  });

  test('thresholds - are marked beside newest values, not by colour alone', async () => {
    await using opened = await open('expr=memory_used_bytes&unit=bytes&view=stat');
    const { part } = opened;
    const levels = async () => {
      const tiles = await part('stat').all();
      return await Promise.all(tiles.map((tile) => tile.getAttribute('data-level')));
    };
    await until('tiles', async () => (await levels()).length === 2);
    expect(await levels()).toEqual(['none', 'none']);
    await part('options').click();
    await part('threshold-add').click();
    await part('threshold-value:0').fill(String(2 * GIB));
    await part('threshold-value:0').press('Enter');
    await until('a level', async () => (await levels()).includes('warning'));
    expect((await levels()).sort()).toEqual(['none', 'warning']);
    expect(opened.address.getAll('threshold')).toEqual([`${2 * GIB}:warning`]);
    const values = await part('stat-value').allTextContents();
    expect(values.sort()).toEqual(['1 GiB', '3 GiB▲warning']);
    expect(opened.problems).toEqual([]);
  });

  test('the table - is sorted by the column that is pressed', async () => {
    await using opened = await open('expr=memory_used_bytes&unit=bytes&view=table');
    const { part } = opened;
    await until('lines', async () => (await part('table-line').count()) === 2);
    const first = async () => (await part('table-line').first().textContent()) ?? '';
    expect(await first()).toStartWith('a');
    await part('sort:last').click();
    await part('sort:last').click();
    await until('the smallest first', async () => (await first()).startsWith('b'));
    expect(await first()).toBe('b1 GiB1 GiB1 GiB1 GiB');
    expect(opened.problems).toEqual([]);
  });

  test('a heatmap - has what is in each bucket alone, and says what it needs', async () => {
    await using opened = await open(
      'expr=increase(wait_seconds_bucket[10s])&view=heatmap&unit=seconds',
    );
    const { page, part } = opened;
    await part('heat-legend').waitFor();
    await part('heatmap').focus();
    await page.keyboard.press('Shift+ArrowLeft');
    // Some way back: the newest steps have half of what will be theirs.
    for (let press = 0; press < 6; press++) await page.keyboard.press('Shift+ArrowLeft');
    const read = async () => [
      await part('heat-bucket').textContent(),
      Math.round(Number(await part('heat-count').textContent())),
    ];
    expect(await read()).toEqual(['up to 100 ms', 20]);
    await page.keyboard.press('ArrowUp');
    expect(await read()).toEqual(['100 ms – 1 s', 60]);
    await page.keyboard.press('ArrowUp');
    expect(await read()).toEqual(['above 1 s', 10]);

    await using without = await open('expr=wave&view=heatmap');
    await without.part('no-buckets').getByRole('button').click();
    await without.part('chart').waitFor();
    expect([...opened.problems, ...without.problems]).toEqual([]);
  });
});
