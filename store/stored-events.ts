import {
  type Bus,
  encodeStoredEvent,
  type Logger,
  STORED_SUBJECTS,
  storedSubject,
} from '@overseer/shared';
import {
  activeSpan,
  inSpan,
  messagingAttributes,
  SpanKind,
  traceHeaders,
} from '@overseer/shared/tracing';
import type { CommittedPlan } from './plan.ts';

/** Tells what a transaction did. Not waited for: who misses one sees the gap in the positions. */
export function publishStored(
  bus: Bus,
  partition: number,
  stream: string,
  { from, to, commit, tables }: CommittedPlan,
  log: Logger,
): void {
  const event = encodeStoredEvent({
    partition,
    stream,
    from,
    to,
    committedAtMs: Date.now(),
    commit,
    tables: tables.map((table) => table.event),
  });
  publish(bus, partition, event).catch((error: unknown) => {
    log.warn({ partition, to, err: error }, 'stored event not published');
  });
}

/** With the trace of the group that was stored. */
function publish(bus: Bus, partition: number, event: Uint8Array): Promise<number> {
  const subject = storedSubject(partition);
  if (!activeSpan()) return bus.publish(subject, event);
  const attributes = messagingAttributes({
    name: 'publish',
    type: 'send',
    subject,
    template: STORED_SUBJECTS,
    partition,
    bodyBytes: event.length,
  });
  const description = { kind: SpanKind.PRODUCER, attributes };
  return inSpan(`publish ${STORED_SUBJECTS}`, description, (span) =>
    bus.publish(subject, event, traceHeaders(span)),
  );
}
