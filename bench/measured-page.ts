import { type Page, type TestBrowser, waitUntil } from '@overseer/local/testing';
import { type OwnTime, ownTimes } from './cpu-profile.ts';
import type { Figures } from './harness.ts';
import { latencyFigures } from './latencies.ts';

const DRAWN_DEADLINE_MS = 120_000;
/** Longer than the range of the page: its window has slid through then. */
const SETTLED_SECONDS = 360;

/** Notes when the first points were drawn: milliseconds since the navigation began. */
const NOTE_FIRST_DRAW = `
  addEventListener('overseer:draw', ({ detail }) => {
    if (detail.pointsDrawn > 0) globalThis.firstDrawMs ??= detail.drawnAt;
  });`;

/** An open page of Overseer that tells how it does. */
export class MeasuredPage {
  private constructor(private readonly page: Page) {}

  /**
   * Gives it when its chart is drawn.
   * @param prepare is called before the page is loaded
   */
  static async open(
    browser: TestBrowser,
    frontendUrl: string,
    address: string,
    prepare: (page: Page) => Promise<void> = async () => {},
  ): Promise<MeasuredPage> {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await prepare(page);
    await page.addInitScript(NOTE_FIRST_DRAW);
    await page.goto(`${frontendUrl}${address}`);
    await waitUntil(() => page.evaluate('globalThis.firstDrawMs !== undefined'), {
      what: 'the chart to be drawn',
      deadlineMs: DRAWN_DEADLINE_MS,
    });
    return new MeasuredPage(page);
  }

  close(): Promise<void> {
    return this.page.close();
  }

  async pointsDrawn(): Promise<number> {
    return Number(await this.page.evaluate('overseer.chart.pointsDrawn'));
  }

  /** What came over the network before the first chart, and how long that took. */
  async firstChart(): Promise<Figures> {
    return (await this.page.evaluate(`({
      firstChartMs: firstDrawMs,
      scriptBytes: performance.getEntriesByType('resource')
        .filter(({ name, responseEnd }) => name.endsWith('.js') && responseEnd <= firstDrawMs)
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    })`)) as Figures;
  }

  /** Times between frames, and how the memory that is in use grows, while nobody does anything. */
  async framesWhileWaiting(seconds: number): Promise<Figures> {
    const before = await this.#heapBytes();
    const frames = await this.#frames(seconds, '');
    return { ...frames, heapBytes: before, heapGrowthBytes: (await this.#heapBytes()) - before };
  }

  /** Times between frames while the pointer moves over the chart with each of them. */
  framesWhilePointing(seconds: number): Promise<Figures> {
    return this.#frames(
      seconds,
      `const over = document.querySelector('.u-over');
       const { left, top, width, height } = over.getBoundingClientRect();
       const x = width * (0.5 + 0.4 * Math.sin(frame / 30));
       over.dispatchEvent(new PointerEvent('pointermove', {
         bubbles: true, clientX: left + x, clientY: top + height / 2,
       }));`,
    );
  }

  /** Times between frames while each of them draws the chart anew, at another size. */
  framesWhileDrawing(seconds: number): Promise<Figures> {
    return this.#frames(
      seconds,
      `document.querySelector('.chart').style.setProperty('inset-inline-end', frame % 2 + 'px');`,
    );
  }

  /** What is in use more afterwards than before: memory, elements, listeners. @param seconds that pass first: what is made once is made then */
  async growthWhile(pass: (seconds: number) => Promise<void>, seconds: number): Promise<Figures> {
    await pass(SETTLED_SECONDS);
    const before = await this.#inUse();
    await pass(seconds);
    const after = await this.#inUse();
    return {
      heapBytes: before.heapBytes,
      heapGrowthBytes: after.heapBytes - before.heapBytes,
      elementGrowth: after.elements - before.elements,
      listenerGrowth: after.listeners - before.listeners,
    };
  }

  /** Runs the work under Chromium's profiler. @returns functions by their own time, longest first */
  async profileWhile(work: () => Promise<unknown>): Promise<OwnTime[]> {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('Profiler.enable');
    await session.send('Profiler.start');
    await work();
    const { profile } = await session.send('Profiler.stop');
    await session.detach();
    return ownTimes(profile);
  }

  /** @param work what a frame does first; its number is \`frame\` */
  async #frames(seconds: number, work: string): Promise<Figures> {
    const times = (await this.page.evaluate(`new Promise((resolve) => {
      const times = [];
      let last;
      const onFrame = (now) => {
        if (last !== undefined) times.push(now - last);
        last = now;
        const frame = times.length;
        ${work}
        if (times.reduce((sum, time) => sum + time, 0) < ${seconds * 1000}) requestAnimationFrame(onFrame);
        else resolve(times);
      };
      requestAnimationFrame(onFrame);
    })`)) as number[];
    return { ...latencyFigures('frame', times), framesPerSecond: times.length / seconds };
  }

  async #heapBytes(): Promise<number> {
    return (await this.#inUse()).heapBytes;
  }

  /** After everything that can be collected was. */
  async #inUse(): Promise<{ heapBytes: number; elements: number; listeners: number }> {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
    await session.detach();
    return { heapBytes: usedSize, elements: nodes, listeners: jsEventListeners };
  }
}
