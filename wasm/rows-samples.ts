import { type Block, type Column, decodeBatch, encodeBatch } from '@overseer/shared/batch';
import type { Field, FieldType } from '@overseer/shared/field-type';

/** Builds blocks for tests and benchmarks out of plain values. */

const utf8 = new TextEncoder();

export type Value = number | bigint | boolean | string;

/** One field of a block with its value in every row. */
export interface SampleField {
  readonly name: string;
  readonly type: FieldType;
  readonly values: readonly Value[];
}

/** A series as a block announces it. */
export interface SampleAnnouncement {
  readonly id: bigint;
  readonly tags: string;
}

export interface SampleBlock {
  readonly series: readonly bigint[];
  readonly timesNs: readonly bigint[];
  readonly fields: readonly SampleField[];
  readonly announced?: readonly SampleAnnouncement[];
}

/** A message with these blocks, and the blocks as views on it, as the store gets them. */
export function sampleMessage(blocks: readonly SampleBlock[]): {
  message: Uint8Array;
  blocks: readonly Block[];
} {
  const message = encodeBatch({ installation: '0123abcd', blocks: blocks.map(sampleBlock) });
  return { message, blocks: decodeBatch(message).blocks };
}

function sampleBlock(sample: SampleBlock): Block {
  return {
    database: 'db',
    measurement: 'm',
    rows: sample.series.length,
    fields: sample.fields.map(({ name, type }): Field => ({ name, type })),
    series: bytesOf(BigUint64Array.from(sample.series)),
    times: bytesOf(BigInt64Array.from(sample.timesNs)),
    columns: sample.fields.map(sampleColumn),
    announced: sample.announced && {
      ids: bytesOf(BigUint64Array.from(sample.announced, ({ id }) => id)),
      ...concatenate(sample.announced.map(({ tags }) => tags)),
    },
  };
}

function sampleColumn({ type, values }: SampleField): Column {
  switch (type) {
    case 'float':
      return { values: bytesOf(Float64Array.from(values, Number)) };
    case 'integer':
      return { values: bytesOf(BigInt64Array.from(values, BigInt)) };
    case 'unsigned':
      return { values: bytesOf(BigUint64Array.from(values, BigInt)) };
    case 'boolean':
      return { values: Uint8Array.from(values, Number) };
    case 'string': {
      const { ends, keys } = concatenate(values.map(String));
      return { ends, bytes: keys };
    }
  }
}

function concatenate(texts: readonly string[]): { ends: Uint8Array; keys: Uint8Array } {
  const parts = texts.map((text) => utf8.encode(text));
  let end = 0;
  const ends = Uint32Array.from(parts, (part) => {
    end += part.length;
    return end;
  });
  return { ends: bytesOf(ends), keys: new Uint8Array(Buffer.concat(parts)) };
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
