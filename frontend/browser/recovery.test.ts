import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer, waitUntil } from '@overseer/local/testing';
import { type ChartSeries, DEADLINE_MS, OpenPage } from './testing/open-page.ts';
import { Pulse } from './testing/pulse.ts';

const DATABASE = 'recovery';
const METRIC = 'pulse';
/** Of the page's first range. */
const STEP_MS = 1000;
/** How many points a service misses. */
const POINTS_DOWN = 15;

let overseer: TestOverseer;
let browser: TestBrowser;

/** What the query API has at the times of a series, null where it has nothing. */
async function answered({ times }: ChartSeries): Promise<(number | null)[]> {
  const parameters = new URLSearchParams({
    db: DATABASE,
    query: METRIC,
    start: String((times[0] ?? 0) / 1000),
    end: String((times.at(-1) ?? 0) / 1000),
    step: String(STEP_MS / 1000),
  });
  const response = await fetch(`${overseer.frontendUrl}/api/v1/query_range?${parameters}`);
  const { data } = (await response.json()) as {
    data: { result: { values: [seconds: number, value: string][] }[] };
  };
  const values = new Map(data.result[0]?.values.map(([s, value]) => [s * 1000, Number(value)]));
  return times.map((timeMs) => values.get(timeMs) ?? null);
}

describe.skipIf(!(await hasChromium()))('page under faults', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('processor, frontend and store killed in turn - it recovers by itself and has every point', async () => {
    await using opened = await OpenPage.open(
      browser,
      overseer.frontendUrl,
      `/?db=${DATABASE}&expr=${METRIC}`,
    );
    const errors: string[] = [];
    opened.page.on('pageerror', (error) => errors.push(String(error)));
    await opened.page.evaluate('globalThis.isSamePage = true');
    const pulse = new Pulse(overseer.ingressUrl, DATABASE, METRIC);
    const hasBeenDrawn = (count: number, when: string) =>
      waitUntil(async () => ((await opened.newestValue()) ?? 0) >= count, {
        what: `point ${count} to be drawn ${when}\n${overseer.describe()}`,
        deadlineMs: DEADLINE_MS,
      });
    try {
      await hasBeenDrawn(1, 'at first');
      for (const name of ['processor', 'frontend', 'store'] as const) {
        await overseer.processes[name].kill('SIGKILL');
        const back = pulse.count + POINTS_DOWN;
        await waitUntil(() => pulse.count >= back, { what: 'points', deadlineMs: DEADLINE_MS });
        await overseer.processes[name].restart();
        await hasBeenDrawn(pulse.count, `after the ${name} came back`);
      }
    } finally {
      await pulse.end();
    }
    await hasBeenDrawn(pulse.count, 'at last');
    expect(await opened.page.evaluate('globalThis.isSamePage')).toBe(true);

    const [series] = await opened.series();
    if (!series) throw new Error('the chart has no series');
    const written = series.times.map((timeMs) => pulse.valueAt(timeMs));
    expect(written.filter((value) => value !== null).length).toBeGreaterThan(5);
    expect(series.values).toEqual(written);
    expect(await answered(series)).toEqual(written);
    expect(errors).toEqual([]);
    await waitUntil(
      async () => (await opened.part('connection').getAttribute('data-state')) === 'live',
      {
        what: 'the page to say that it is live',
        deadlineMs: DEADLINE_MS,
      },
    );
  });
});
