import { liveStepsOf } from '../../model/time-frame.ts';
import { FetchedQuery } from '../fetched/fetched-query.ts';
import type { LiveClient } from '../live/live-client.ts';
import type { OpenQuery, QuerySource, SingleQuestion } from './panel-results.ts';

/** Widths of screens differ by little things; answers that are alike are shared by the server. */
const PIXELS_UNIT = 256;
const PIXELS_MAX = 2048;

/** What moves on with time comes over the page's WebSocket, what stays where it is over HTTP. */
export class QuerySources implements QuerySource {
  /** @param nowMs the server's time: milliseconds since 1970 */
  constructor(
    private readonly live: LiveClient,
    private readonly nowMs: () => number,
  ) {}

  open({ db, query: { expr, letter }, frame }: SingleQuestion): OpenQuery {
    if (frame.kind === 'rolling') {
      const { rangeMs } = frame;
      const question = { db, expr, rangeMs, ...liveStepsOf(rangeMs) };
      const result = this.live.subscribe(question, letter);
      return { result, close: () => this.live.unsubscribe(result) };
    }
    const { fromMs, toMs } = frame;
    const question = { db, expr, fromMs, toMs, pixels: pixelsOfScreen() };
    const result = new FetchedQuery(question, letter, this.nowMs);
    return { result, close: () => result.close() };
  }
}

function pixelsOfScreen(): number {
  return Math.min(PIXELS_MAX, Math.ceil(innerWidth / PIXELS_UNIT) * PIXELS_UNIT);
}
