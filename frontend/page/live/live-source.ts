import type { OpenQuery, QuerySource, SingleQuestion } from '../panel/panel-results.ts';
import type { LiveClient } from './live-client.ts';

/** Queries that are kept up to date over the page's WebSocket. */
export class LiveSource implements QuerySource {
  constructor(private readonly client: LiveClient) {}

  open({ db, expr, frame, stepMs }: SingleQuestion, letter: string): OpenQuery {
    if (frame.kind !== 'rolling') throw new Error('only what moves on with time is live');
    const { rangeMs } = frame;
    const result = this.client.subscribe({ db, expr, stepMs, rangeMs }, letter);
    return { result, close: () => this.client.unsubscribe(result) };
  }
}
