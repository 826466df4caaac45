import { hasChromium, TestBrowser } from '@overseer/local/testing';
import { AcceleratedLive } from '../accelerated-live.ts';
import type { Benchmark, Contender, Figures } from '../harness.ts';
import { MeasuredPage } from '../measured-page.ts';
import { startWholeOverseer } from '../overseer.ts';
import { writeSeries } from '../series-writer.ts';

const DATABASE = 'page';
/** Of each series before the page opens: of a thousand series a million points. */
const HISTORY_SECONDS = 1000;
const DEADLINE_MS = 10 * 60_000;
/** Updates of an hour, of a hundred series. */
const LONG_SECONDS = 3600;
const LONG_SERIES = 100;

/** What a browser takes to load, draw and keep up to date, without a GPU. */
export const page: Benchmark = {
  name: 'page',
  question:
    'How soon does the page draw, how smooth is it with many series, and does its memory stay?',
  async prepare({ quick, progress }) {
    if (!(await hasChromium())) throw new Error('this benchmark needs Chromium');
    progress('page: starting Overseer and Chromium');
    await using started = new AsyncDisposableStack();
    const overseer = started.use(await startWholeOverseer());
    const browser = started.use(await TestBrowser.start());
    const seriesCount = quick ? 50 : 1000;
    const seconds = quick ? 1 : 20;
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    progress(`page: writing ${seriesCount} series of ${HISTORY_SECONDS} points`);
    const write = (measurement: string, count: number, fromMs: number, toMs: number) =>
      writeSeries(`${overseer.ingressUrl}/write?db=${DATABASE}`, measurement, count, fromMs, toMs);
    await write('few', 1, nowMs - HISTORY_SECONDS * 1000, nowMs);
    await write('many', seriesCount, nowMs - HISTORY_SECONDS * 1000, nowMs);
    await overseer.commits.reach(DATABASE, (seriesCount + 1) * HISTORY_SECONDS, DEADLINE_MS);
    const open = (address: string) => MeasuredPage.open(browser, overseer.frontendUrl, address);
    const fixed = [nowMs - HISTORY_SECONDS * 1000, nowMs]
      .map((timeMs) => new Date(timeMs).toISOString())
      .join('/');
    const measured = (
      name: string,
      address: string,
      measure: (opened: MeasuredPage) => Promise<Figures>,
    ): Contender => ({
      name,
      async run() {
        const opened = await open(`/?db=${DATABASE}&${address}`);
        try {
          return { ...(await measure(opened)), pointsDrawn: await opened.pointsDrawn() };
        } finally {
          await opened.close();
        }
      },
    });
    const hour: Contender = {
      name: 'an hour of live updates',
      async run() {
        let live: AcceleratedLive | undefined;
        const address = `/?db=${DATABASE}&expr=many`;
        const opened = await MeasuredPage.open(
          browser,
          overseer.frontendUrl,
          address,
          async (page) => {
            live = await AcceleratedLive.of(page, quick ? 10 : LONG_SERIES);
          },
        );
        try {
          const pass = async (seconds: number) => live?.pass(seconds);
          return await opened.growthWhile(pass, quick ? 60 : LONG_SECONDS);
        } finally {
          await opened.close();
        }
      },
    };
    const all = started.move();
    return {
      contenders: [
        measured('first chart', 'expr=few&range=15m', (opened) => opened.firstChart()),
        measured('live, 5 updates a second', 'expr=many&range=15m', (opened) =>
          whileWriting(
            (fromMs, toMs) => write('many', seriesCount, fromMs, toMs),
            () => opened.framesWhileWaiting(seconds),
          ),
        ),
        measured('a million points, pointer moving', `expr=many&range=${fixed}`, (opened) =>
          opened.framesWhilePointing(seconds),
        ),
        measured('a million points, drawn with each frame', `expr=many&range=${fixed}`, (opened) =>
          opened.framesWhileDrawing(seconds),
        ),
        hour,
      ],
      ratios: [],
      parameters: { seriesCount, historySeconds: HISTORY_SECONDS, seconds, updatesPerSecond: 5 },
      versions: { ...overseer.versions, chromium: browser.version },
      rounds: quick ? 1 : 3,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

/** Writes a point of each series five times a second for as long as it is measured. */
export async function whileWriting<T>(
  write: (fromMs: number, toMs: number) => Promise<void>,
  measure: () => Promise<T>,
): Promise<T> {
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      const nowMs = Date.now();
      await write(nowMs, nowMs + 1);
      await Bun.sleep(Math.max(0, nowMs + 200 - Date.now()));
    }
  })();
  try {
    return await measure();
  } finally {
    isOver = true;
    await writing;
  }
}
