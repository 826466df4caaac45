import { decode, encode } from '@msgpack/msgpack';
import { MessageError } from './messages.ts';

/** The parts that answers come in: docs/contracts.md, "Answers in parts". */

/** Of requests and parts. */
export const ANSWER_VERSION = 1;
/** How often an answerer at work gives a sign of life at least. */
export const PROGRESS_INTERVAL_MS = 1000;

const ENCODING = {
  useBigInt64: true,
  ignoreUndefined: true,
  // As an integer, -0 would become 0.
  forceIntegerToFloat: true,
} as const;
/** Of MessagePack. */
const LIST_OF_FOUR = 0x94;

type FrameKind = 'accepted' | 'progress' | 'data' | 'end' | 'error';

export interface Frame {
  readonly part: number;
  readonly kind: FrameKind;
  readonly body: unknown;
}

/** The body of a part that goes to several askers: encoded once. */
export class EncodedBody {
  constructor(readonly bytes: Uint8Array) {}
}

export function encodeBody(body: object): EncodedBody {
  return new EncodedBody(encode(body, ENCODING));
}

export function encodeFrame({ part, kind, body }: Frame): Uint8Array {
  if (!(body instanceof EncodedBody)) return encode([ANSWER_VERSION, part, kind, body], ENCODING);
  const head = encode([ANSWER_VERSION, part, kind], ENCODING);
  const frame = new Uint8Array(head.length + body.bytes.length);
  frame.set(head);
  frame.set(body.bytes, head.length);
  // The body makes it a list of four.
  frame[0] = LIST_OF_FOUR;
  return frame;
}

export function decodeFrame(bytes: Uint8Array): Frame {
  const [version, part, kind, body] = decodeMessage(bytes, 'part of an answer') as unknown[];
  if (version !== ANSWER_VERSION) {
    throw new MessageError(
      `part of an answer: version ${String(version)} is not ${ANSWER_VERSION}`,
    );
  }
  return { part: Number(part), kind: kind as FrameKind, body };
}

/** 64-bit integers come as bigint, smaller ones as number. */
export function decodeMessage(bytes: Uint8Array, what: string): unknown {
  try {
    return decode(bytes, { useBigInt64: true });
  } catch (cause) {
    throw new MessageError(`${what}: not MessagePack`, { cause });
  }
}
