import { decode, encode } from '@msgpack/msgpack';
import type { Field } from './field-type.ts';
import { MessageError } from './messages.ts';

/** What a measurement is made of: in the catalogue it is a bin of its own, because it hardly ever changes and is most of the answer. */
export interface MeasurementShape {
  /** In order of their appearance. */
  readonly fields: readonly Field[];
  /** Sorted. */
  readonly tagKeys: readonly string[];
  /** How many distinct values each of them has. */
  readonly tagValueCounts: readonly number[];
}

export function encodeShape({ fields, tagKeys, tagValueCounts }: MeasurementShape): Uint8Array {
  return encode({ fields, tagKeys, tagValueCounts });
}

/** @throws MessageError */
export function decodeShape(bytes: Uint8Array): MeasurementShape {
  let shape: Partial<MeasurementShape> | null;
  try {
    shape = decode(bytes) as typeof shape;
  } catch (cause) {
    throw new MessageError('shape of a measurement: not MessagePack', { cause });
  }
  const { fields, tagKeys, tagValueCounts } = shape ?? {};
  if (![fields, tagKeys, tagValueCounts].every(Array.isArray)) {
    throw new MessageError('shape of a measurement: without its fields or tags');
  }
  return shape as MeasurementShape;
}
