import { headers as createHeaders, type MsgHdrs } from './nats.ts';

/** Headers of a message: of each name, the first value. */
export type MessageHeaders = Readonly<Record<string, string>>;

const NONE: MessageHeaders = {};

/** Headers as services read them. */
export function headersOf(headers: MsgHdrs | undefined): MessageHeaders {
  if (!headers) return NONE;
  return Object.fromEntries(headers.keys().map((key) => [key, headers.get(key)]));
}

/** Headers as the client sends them; undefined when there are none, which costs a message nothing. */
export function headersToSend(headers: MessageHeaders | undefined): MsgHdrs | undefined {
  if (!headers) return undefined;
  const sent = createHeaders();
  for (const [name, value] of Object.entries(headers)) sent.set(name, value);
  return sent;
}
