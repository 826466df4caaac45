import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer, waitUntil } from '@overseer/local/testing';
import { DEADLINE_MS, OpenPage } from './testing/open-page.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

let overseer: TestOverseer;
let browser: TestBrowser;

/** Twenty points of two series, a minute ago. */
const COUNT = 20;
const startMs = Math.floor(Date.now() / 1000) * 1000 - 60_000;
const valueAt = (host: string, index: number) => (host === 'a' ? index / 3 : -index);

beforeAll(async () => {
  if (!(await hasChromium())) return;
  [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
  const lines = ['a', 'b "2"'].flatMap((host) =>
    Array.from({ length: COUNT }, (_, index) => {
      const tag = host.replaceAll(' ', '\\ ');
      const value = valueAt(host, index);
      return `file,host=${tag} value=${value} ${nanoseconds(startMs + index * 1000)}\n`;
    }),
  );
  await writeLines(overseer.ingressUrl, 'export', lines.join(''));
});

afterAll(async () => {
  await browser?.stop();
  await overseer?.stop();
});

/** A fixed time with a step a second: what is drawn is what was written. */
async function openChart(): Promise<OpenPage> {
  const times = [startMs, startMs + (COUNT - 1) * 1000].map((timeMs) =>
    new Date(timeMs).toISOString(),
  );
  const address = `/?db=export&expr=file&range=${times.join('/')}`;
  const opened = await OpenPage.open(browser, overseer.frontendUrl, address);
  await waitUntil(async () => (await opened.series()).length === 2, {
    what: 'both series',
    deadlineMs: DEADLINE_MS,
  });
  return opened;
}

async function download(
  { page, part }: OpenPage,
  kind: string,
): Promise<{ name: string; bytes: Uint8Array }> {
  await part('panel-menu').click();
  const [file] = await Promise.all([page.waitForEvent('download'), part(`save:${kind}`).click()]);
  const bytes = await Bun.file(await file.path()).bytes();
  return { name: file.suggestedFilename(), bytes };
}

describe.skipIf(!(await hasChromium()))('export', () => {
  test('CSV - has what was written, exactly', async () => {
    await using opened = await openChart();
    const { name, bytes } = await download(opened, 'csv');
    expect(name).toMatch(/^file \d{4}-\d\d-\d\dT[\d-]+Z\.csv$/);
    const rows = Array.from({ length: COUNT }, (_, index) => {
      const time = new Date(startMs + index * 1000).toISOString();
      return [time, valueAt('a', index), valueAt('b', index) || 0].join(',');
    });
    const header = 'time,"file{host=""a""}","file{host=""b \\""2\\""""}"';
    expect(new TextDecoder().decode(bytes)).toBe(`${[header, ...rows].join('\r\n')}\r\n`);
    expect(opened.problems).toEqual([]);
  });

  test('CSV - has the series that are drawn alone', async () => {
    await using opened = await openChart();
    await opened.part('legend').locator('.legend-name').first().click();
    const { bytes } = await download(opened, 'csv');
    const [header] = new TextDecoder().decode(bytes).split('\r\n');
    expect(header).toBe('time,"file{host=""a""}"');
  });

  test('JSON - is a matrix of Prometheus', async () => {
    await using opened = await openChart();
    const { bytes } = await download(opened, 'json');
    const { data } = JSON.parse(new TextDecoder().decode(bytes));
    expect(data.resultType).toBe('matrix');
    const [a] = data.result;
    expect(a.metric).toEqual({ __name__: 'file', host: 'a' });
    expect(a.values).toEqual(
      Array.from({ length: COUNT }, (_, i) => [startMs / 1000 + i, String(valueAt('a', i))]),
    );
  });

  test('an image - is a PNG of the chart with room for its title and legend', async () => {
    await using opened = await openChart();
    const { bytes } = await download(opened, 'png');
    expect([...bytes.subarray(1, 4)]).toEqual([...new TextEncoder().encode('PNG')]);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const canvas = (await opened.page.evaluate(
      `(({ width, height }) => [width, height])(document.querySelector('.chart canvas'))`,
    )) as [number, number];
    expect(view.getUint32(16)).toBeGreaterThan(canvas[0]);
    expect(view.getUint32(20)).toBeGreaterThan(canvas[1] + 50);
    expect(opened.problems).toEqual([]);
  });

  test('values as a table - are those of the chart, and the chart comes back', async () => {
    await using opened = await openChart();
    expect(await opened.part('values-table').count()).toBe(0);
    await opened.part('panel-menu').focus();
    await opened.page.keyboard.press('Enter');
    await opened.part('values').press('Enter');
    const table = opened.page.getByRole('region', { name: 'Values of file' });
    await table.waitFor();
    expect(await table.getByRole('columnheader').allTextContents()).toEqual([
      'Time',
      'host=a',
      'host=b "2"',
    ]);
    expect(await table.getByRole('rowheader').count()).toBe(COUNT);
    const newest = table.getByRole('row').nth(1).getByRole('cell');
    expect(await newest.allTextContents()).toEqual(['6.333333333', '-19']);
    await opened.part('panel-menu').click();
    await opened.part('values').click();
    await opened.part('values-table').waitFor({ state: 'detached' });
    expect(opened.problems).toEqual([]);
  });
});
