import { isUtf8 } from 'node:buffer';
import { type Announcements, decodeTags, type Tag } from '@overseer/shared';
import { viewOf } from './block-rows.ts';

/** The series that a block announces, each by its position. The bytes are the message's own. */
export class AnnouncedKeys {
  /** Ids, 8 bytes each, little-endian. */
  readonly ids: Uint8Array;
  /** The parts of the canonical keys behind their measurement: tags as `key NUL value NUL key …`. */
  readonly keys: Uint8Array;
  readonly #idView: DataView;
  readonly #ends: DataView;

  /** @throws Error when a key is damaged: no list of pairs, an empty key or value, or no UTF-8 */
  constructor({ ids, ends, keys }: Announcements) {
    this.ids = ids;
    this.keys = keys;
    this.#idView = viewOf(ids);
    this.#ends = viewOf(ends);
    if (!isUtf8(keys)) throw new Error('a key that is no UTF-8');
    let start = 0;
    for (let position = 0; position < this.count; position++) {
      const end = this.endOf(position);
      checkPairs(keys, start, end);
      start = end;
    }
  }

  get count(): number {
    return this.ids.length / 8;
  }

  idOf(position: number): bigint {
    return this.#idView.getBigUint64(position * 8, true);
  }

  /** Where the tags of a series begin in `keys`. */
  startOf(position: number): number {
    return position === 0 ? 0 : this.endOf(position - 1);
  }

  endOf(position: number): number {
    return this.#ends.getUint32(position * 4, true);
  }

  /** The part of the canonical key behind its measurement. */
  tagBytesOf(position: number): Uint8Array {
    return this.keys.subarray(this.startOf(position), this.endOf(position));
  }

  /** The tags as a JSON object. */
  tagsJsonOf(position: number): string {
    return tagsJson(decodeTags(this.tagBytesOf(position)));
  }
}

/** Of bytes that are UTF-8 as a whole: whether those from `start` to `end` are so by themselves, and pairs. */
function checkPairs(keys: Uint8Array, start: number, end: number): void {
  if (start === end) return;
  if (isInsideCharacter(keys[start] as number)) throw new Error('a key that is no UTF-8');
  let parts = 1;
  let partStart = start;
  for (let at = start; at < end; at++) {
    if (keys[at] !== 0) continue;
    if (at === partStart) throw new Error('an empty tag key or value');
    partStart = at + 1;
    parts++;
  }
  if (partStart === end) throw new Error('an empty tag key or value');
  if (parts % 2 !== 0) throw new Error('a tag without a value');
}

/** Whether a byte of UTF-8 goes on with a character that began before it. */
const isInsideCharacter = (byte: number) => (byte & 0xc0) === 0x80;

function tagsJson(tags: readonly Tag[]): string {
  return JSON.stringify(Object.fromEntries(tags.map((tag) => [tag.key, tag.value])));
}
