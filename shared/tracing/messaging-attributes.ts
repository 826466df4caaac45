import type { Attributes } from '@opentelemetry/api';

/** https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/ */
export interface MessagingOperation {
  /** What is done: `publish`, `process`, `request`. */
  readonly name: string;
  readonly type: 'send' | 'process' | 'receive';
  /** The subject. */
  readonly subject: string;
  /** The form of the subject, when that has parts of which there are many: `points.{partition}`. */
  readonly template?: string;
  readonly partition?: number;
  readonly bodyBytes?: number;
  /** Messages of a batch, where there may be several. */
  readonly messages?: number;
}

/** Attributes of a span about messages on NATS. */
export function messagingAttributes(operation: MessagingOperation): Attributes {
  const { name, type, subject, template, partition, bodyBytes, messages } = operation;
  return {
    'messaging.system': 'nats',
    'messaging.operation.name': name,
    'messaging.operation.type': type,
    'messaging.destination.name': subject,
    ...(template !== undefined && { 'messaging.destination.template': template }),
    ...(partition !== undefined && { 'messaging.destination.partition.id': String(partition) }),
    ...(bodyBytes !== undefined && { 'messaging.message.body.size': bodyBytes }),
    ...(messages !== undefined && { 'messaging.batch.message_count': messages }),
  };
}
