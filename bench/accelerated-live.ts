import {
  decodePageMessage,
  encodeMessage,
  LIVE_PATH,
  type LiveSeries,
  PROTOCOL_VERSION,
  type ServerMessage,
  type Subscribe,
} from '@overseer/frontend/live-protocol';
import type { Page } from '@overseer/local/testing';
import { float64Bin } from '@overseer/shared/queries';

const SECOND_MS = 1000;
/** A busy server sends ten times as many at the most; each redraws the newest step. */
const UPDATES_PER_SECOND = 2;
/** Seconds that pass between two frames of the page. */
const SECONDS_PER_FRAME = 5;

type LiveRoute = Parameters<Parameters<Page['routeWebSocket']>[1]>[0];

/**
 * Stands in the place of a page's live server: its time passes as fast as the page draws, so that the updates of an hour are there
 * within a minute.
 */
export class AcceleratedLive {
  #route: LiveRoute | undefined;
  #subscription: Subscribe | undefined;
  #nowMs = Math.floor(Date.now() / SECOND_MS) * SECOND_MS;

  private constructor(
    private readonly page: Page,
    private readonly seriesCount: number,
  ) {}

  /** Before the page is loaded. */
  static async of(page: Page, seriesCount: number): Promise<AcceleratedLive> {
    const live = new AcceleratedLive(page, seriesCount);
    await page.routeWebSocket(`**${LIVE_PATH}`, (route) => live.#serve(route));
    return live;
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.#nowMs += SECOND_MS;
      this.#send({ kind: 'hello', version: PROTOCOL_VERSION, nowMs: this.#nowMs });
      for (let update = 0; update < UPDATES_PER_SECOND; update++) this.#update(update);
      if (second % SECONDS_PER_FRAME === 0) {
        await this.page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))');
      }
    }
  }

  #serve(route: LiveRoute): void {
    this.#route = route;
    route.onMessage((bytes) => {
      if (typeof bytes === 'string') return;
      const message = decodePageMessage(bytes);
      if (message.kind === 'subscribe') this.#answer(message);
    });
    this.#send({ kind: 'hello', version: PROTOCOL_VERSION, nowMs: this.#nowMs });
  }

  #answer(subscription: Subscribe): void {
    this.#subscription = subscription;
    const { id, stepMs, rangeMs } = subscription;
    const count = Math.ceil(rangeMs / stepMs);
    const firstStep = Math.floor(this.#nowMs / stepMs) - count + 1;
    const series = this.#series(firstStep, count, 0).map((one) => ({
      ...one,
      labels: { __name__: 'many', host: String(one.key) },
    }));
    this.#send({ kind: 'reset', id, firstStep, count, series, warnings: [] });
  }

  #update(update: number): void {
    if (!this.#subscription) throw new Error('the page has asked for nothing');
    const { id, stepMs } = this.#subscription;
    const firstStep = Math.floor(this.#nowMs / stepMs);
    this.#send({
      kind: 'delta',
      id,
      firstStep,
      count: 1,
      series: this.#series(firstStep, 1, update),
    });
  }

  #series(firstStep: number, count: number, update: number): LiveSeries[] {
    return Array.from({ length: this.seriesCount }, (_, key) => {
      const valueAt = (step: number) => key + 10 * Math.sin((firstStep + step) / 30 + key) + update;
      const values = Float64Array.from({ length: count }, (_, step) => valueAt(step));
      return { key, values: float64Bin(values) };
    });
  }

  #send(message: ServerMessage): void {
    this.#route?.send(Buffer.from(encodeMessage(message)));
  }
}
