import { headersOf, type MessageHeaders } from './message-headers.ts';
import type { Msg } from './nats.ts';

/** A message of plain publish/subscribe. */
export interface CoreMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: MessageHeaders;
  /** Where an answer is wanted. */
  readonly replyTo: string | undefined;
  /** The server's word that nobody listens on the subject of a request; the payload is empty. */
  readonly noResponders: boolean;
}

const NO_RESPONDERS_CODE = 503;

export function coreMessage({ subject, data, headers, reply }: Msg): CoreMessage {
  return {
    subject,
    payload: data,
    headers: headersOf(headers),
    replyTo: reply || undefined,
    noResponders: data.length === 0 && headers?.code === NO_RESPONDERS_CODE,
  };
}
