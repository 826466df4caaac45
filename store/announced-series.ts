import { type Announcements, decodeTags, type Tag } from '@overseer/shared';
import { viewOf } from './block-rows.ts';

/** A series as a block announces it. */
export interface AnnouncedKey {
  readonly id: bigint;
  /** The part of the canonical key behind its measurement. */
  readonly tagBytes: Uint8Array;
  readonly tags: readonly Tag[];
}

/** Every announced series, by position. @throws Error when a key is damaged */
export function decodeAnnounced(announced: Announcements): AnnouncedKey[] {
  const ids = viewOf(announced.ids);
  const ends = viewOf(announced.ends);
  let start = 0;
  return Array.from({ length: announced.ids.length / 8 }, (_, position) => {
    const end = ends.getUint32(position * 4, true);
    const tagBytes = announced.keys.subarray(start, end);
    start = end;
    return { id: ids.getBigUint64(position * 8, true), tagBytes, tags: decodeTags(tagBytes) };
  });
}

/** Tags as a JSON object. */
export function tagsJson(tags: readonly Tag[]): string {
  return JSON.stringify(Object.fromEntries(tags.map((tag) => [tag.key, tag.value])));
}
