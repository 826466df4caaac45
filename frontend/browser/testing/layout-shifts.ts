import type { Page } from '@overseer/local/testing';

/** Runs in the page before anything else, and notes each jump with what has moved, from where and where to. */
const NOTE = `
  globalThis.layoutShifts = [];
  const placeOf = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ');
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value, sources } of list.getEntries()) {
      if (hadRecentInput) continue;
      const moved = sources.map(({ node, previousRect, currentRect }) =>
        (node?.className || node?.nodeName) + ' ' + placeOf(previousRect) + ' → ' + placeOf(currentRect));
      layoutShifts.push([value.toFixed(4), ...moved].join('; '));
    }
  }).observe({ type: 'layout-shift', buffered: true });`;

/** Notes what moves without having been asked to, by the Layout Instability API. Before the page is loaded. */
export async function noteLayoutShifts(page: Page): Promise<void> {
  await page.addInitScript(NOTE);
}

/** What has moved so since the first paint: a line each jump, with its score. */
export async function layoutShiftsOf(page: Page): Promise<string[]> {
  return (await page.evaluate('layoutShifts')) as string[];
}
