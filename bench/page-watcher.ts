import type { Page, TestBrowser } from '@overseer/local/testing';
import { PROBE_METRIC, type Watcher } from './probes.ts';

/** Of these readings of the page's clock the quickest counts. */
const CLOCK_READINGS = 20;
const SHOWN_DEADLINE_MS = 60_000;

/**
 * Runs in the page: tells each value that is the newest of the chart after a draw, when the frame
 * after it begins, for then that of the draw is on the screen.
 */
const TELL_DRAWN_VALUES = `
  let told;
  addEventListener('overseer:draw', () => {
    const value = overseer.chart.series()[0]?.values.findLast((value) => value !== null);
    if (value === undefined || value === told) return;
    told = value;
    requestAnimationFrame(() => tellFrame(value, ${pageNow()}));
  });`;

/** Sees what an open page shows: from the frame on that shows the value. */
export function pageWatcher(browser: TestBrowser, frontendUrl: string, database: string): Watcher {
  const url = `${frontendUrl}/?db=${database}&expr=${PROBE_METRIC}`;
  return {
    name: 'pixel',
    async watch(sightings) {
      const page = await browser.newPage();
      page.on('pageerror', (error) => sightings.failed(error));
      page.on('crash', () => sightings.failed(new Error('the page crashed')));
      let offsetMs = 0;
      const shown = Promise.withResolvers<void>();
      await page.exposeFunction('tellFrame', (value: number, pageMs: number) => {
        shown.resolve();
        sightings.seen(value, pageMs + offsetMs);
      });
      await page.addInitScript(TELL_DRAWN_VALUES);
      await page.goto(url);
      offsetMs = await clockOffset(page);
      const timer = setTimeout(
        () => shown.reject(new Error(`the page ${url} has drawn no value`)),
        SHOWN_DEADLINE_MS,
      );
      await shown.promise.finally(() => clearTimeout(timer));
      return () => page.close();
    },
  };
}

function pageNow(): string {
  return 'performance.timeOrigin + performance.now()';
}

/**
 * What to add to a time of the page's clock to have one of performance.now() here: right to half of
 * the time that the quickest reading takes.
 */
async function clockOffset(page: Page): Promise<number> {
  let quickestMs = Number.POSITIVE_INFINITY;
  let offsetMs = 0;
  for (let reading = 0; reading < CLOCK_READINGS; reading++) {
    const before = performance.now();
    const pageMs = (await page.evaluate(pageNow())) as number;
    const tookMs = performance.now() - before;
    if (tookMs >= quickestMs) continue;
    quickestMs = tookMs;
    offsetMs = before + tookMs / 2 - pageMs;
  }
  return offsetMs;
}
