import type { Bus, Logger } from '@overseer/shared';
import type { Database } from '../postgres.ts';
import { serveDeadReplay } from './replay-question.ts';
import { serveSeries } from './series-question.ts';

/** Answers what operators ask about dead letters; the result ends it. */
export function serveDeadLetters(bus: Bus, database: Database, log: Logger): () => void {
  const ends = [serveDeadReplay(bus, log), serveSeries(bus, database, log)];
  return () => {
    for (const end of ends) end();
  };
}
