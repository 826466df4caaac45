import { headersOf } from './message-headers.ts';
import type { StoredMsg } from './nats.ts';
import type { StreamMessage } from './stream-reader.ts';

/** A message that lies in a stream, looked up singly. */
export interface StoredMessage extends StreamMessage {
  readonly subject: string;
}

export function storedMessage(message: StoredMsg): StoredMessage {
  const { seq, subject, data, header, time } = message;
  return {
    sequence: seq,
    subject,
    payload: data,
    headers: headersOf(header),
    storedAtMs: time.getTime(),
  };
}
