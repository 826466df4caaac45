/**
 * Where the page's time goes: `bun bench/page-profile.ts [series]` (1,000 unless told). Starts an Overseer and Chromium of its own, and prints
 * for each of what the page does the functions that take the most time themselves.
 */
import { TestBrowser } from '@overseer/local/testing';
import { whileWriting } from './benchmarks/page.ts';
import type { OwnTime } from './cpu-profile.ts';
import { MeasuredPage } from './measured-page.ts';
import { startWholeOverseer } from './overseer.ts';
import { writeSeries } from './series-writer.ts';

const DATABASE = 'page';
const HISTORY_MS = 1000 * 1000;
const SECONDS = 5;
const DEADLINE_MS = 10 * 60_000;
const FUNCTIONS_SHOWN = 16;

const seriesCount = Number(process.argv[2] ?? 1000);
if (!(seriesCount > 0)) {
  console.error('usage: bun bench/page-profile.ts [series, 1000 unless told]');
  process.exit(2);
}

await using overseer = await startWholeOverseer();
await using browser = await TestBrowser.start();
const nowMs = Math.floor(Date.now() / 1000) * 1000;
const write = (fromMs: number, toMs: number) =>
  writeSeries(`${overseer.ingressUrl}/write?db=${DATABASE}`, 'many', seriesCount, fromMs, toMs);
await write(nowMs - HISTORY_MS, nowMs);
await overseer.commits.reach(DATABASE, (seriesCount * HISTORY_MS) / 1000, DEADLINE_MS);
const fixed = [nowMs - HISTORY_MS, nowMs].map((timeMs) => new Date(timeMs).toISOString()).join('/');

await profile('live, 5 updates a second', 'range=15m', (opened) =>
  whileWriting(write, () => opened.framesWhileWaiting(SECONDS)),
);
await profile('pointer moving', `range=${fixed}`, (opened) => opened.framesWhilePointing(SECONDS));
await profile('drawn with each frame', `range=${fixed}`, (opened) =>
  opened.framesWhileDrawing(SECONDS),
);

async function profile(
  name: string,
  range: string,
  work: (opened: MeasuredPage) => Promise<unknown>,
): Promise<void> {
  const address = `/?db=${DATABASE}&expr=many&${range}`;
  const opened = await MeasuredPage.open(browser, overseer.frontendUrl, address);
  const times = await opened.profileWhile(() => work(opened));
  await opened.close();
  print(name, times);
}

function print(name: string, times: readonly OwnTime[]): void {
  const total = times.reduce((sum, { ms }) => sum + ms, 0);
  console.log(`\n${name}: ${Math.round(total)} ms`);
  for (const { name: at, ms } of times.slice(0, FUNCTIONS_SHOWN)) {
    console.log(`  ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${at}`);
  }
}
