import { AckPolicy, DeliverPolicy, type JetStreamManager, nanos } from './nats.ts';

/** When the server forgets the consumer by itself, if it can't be told. */
const INACTIVE_MS = 5000;

/** Counts the messages on a subject after a sequence: the server tells it of a consumer that would begin there, which then goes. */
export async function pendingMessages(
  manager: JetStreamManager,
  stream: string,
  subject: string,
  after: number,
): Promise<number> {
  const consumer = await manager.consumers.add(stream, {
    filter_subject: subject,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
    ack_policy: AckPolicy.None,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: nanos(INACTIVE_MS),
  });
  await manager.consumers.delete(stream, consumer.name).catch(() => false);
  return consumer.num_pending;
}
