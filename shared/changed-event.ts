import { decode, encode } from '@msgpack/msgpack';
import type { ChangedEvent } from './administration.ts';
import { MessageError } from './messages.ts';

const VERSION = 1;
const OPTIONS = { useBigInt64: true } as const;

/** What `store.changed` carries: docs/contracts.md, "Administration". */
export function encodeChangedEvent(event: ChangedEvent): Uint8Array {
  return encode({ v: VERSION, ...event }, { ...OPTIONS, ignoreUndefined: true });
}

/** @throws MessageError */
export function decodeChangedEvent(bytes: Uint8Array): ChangedEvent {
  let value: unknown;
  try {
    value = decode(bytes, OPTIONS);
  } catch (cause) {
    throw new MessageError('changed event: not MessagePack', { cause });
  }
  const { v, db, measurement, startNs, endNs, dropped } = (value ?? {}) as Record<string, unknown>;
  if (
    v !== VERSION ||
    typeof db !== 'string' ||
    !isOptional(measurement, 'string') ||
    !(isTime(startNs) && isTime(endNs)) ||
    typeof dropped !== 'boolean'
  ) {
    throw new MessageError('changed event: another version, or not of its shape');
  }
  return {
    db,
    dropped,
    ...(measurement === undefined ? {} : { measurement: measurement as string }),
    // The decoder gives small ones as numbers.
    ...(startNs === undefined ? {} : { startNs: BigInt(startNs) }),
    ...(endNs === undefined ? {} : { endNs: BigInt(endNs) }),
  };
}

const isOptional = (value: unknown, type: 'string') => value === undefined || typeof value === type;

const isTime = (value: unknown): value is number | bigint | undefined =>
  value === undefined || typeof value === 'bigint' || Number.isSafeInteger(value);
