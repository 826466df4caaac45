import { LIMITS_BYTES } from './layout';

/** Where the door writes the limits before the parser starts (parser-limits.ts says what each bounds). */
export const limitsAt: usize = memory.data(LIMITS_BYTES, 8);

/** A limit, by its LIMIT_ offset. */
// @ts-ignore: decorator
@inline
export function limit(offset: usize): u32 {
  return load<u32>(limitsAt + offset);
}
