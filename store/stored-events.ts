import { type Bus, encodeStoredEvent, type Logger, storedSubject } from '@overseer/shared';
import type { Plan } from './plan.ts';

/** Tells what a transaction did. Not waited for: who misses one sees the gap in the positions. */
export function publishStored(
  bus: Bus,
  partition: number,
  stream: string,
  { from, to, tables }: Plan,
  log: Logger,
): void {
  const event = encodeStoredEvent({
    partition,
    stream,
    from,
    to,
    committedAtMs: Date.now(),
    tables: tables.map((table) => table.event),
  });
  bus.publish(storedSubject(partition), event).catch((error: unknown) => {
    log.warn({ partition, to, err: error }, 'stored event not published');
  });
}
