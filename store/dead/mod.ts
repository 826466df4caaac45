import type { Bus, Logger } from '@overseer/shared';
import type { DeadLetterMetrics } from '../metrics/waiting-metrics.ts';
import type { Database } from '../postgres.ts';
import { serveDeadReplay } from './replay-question.ts';
import { serveSeries } from './series-question.ts';

/** Answers what operators ask about dead letters; the result ends it. */
export function serveDeadLetters(
  bus: Bus,
  database: Database,
  metrics: DeadLetterMetrics,
  log: Logger,
): () => void {
  const ends = [serveDeadReplay(bus, metrics, log), serveSeries(bus, database, log)];
  return () => {
    for (const end of ends) end();
  };
}
