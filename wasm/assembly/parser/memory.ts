/**
 * Linear memory is reserved once, when the parser starts, region after region, and never grows afterwards: so views of the
 * door stay valid, and the limits bound what the parser can ever use. Pages that nobody touched cost no memory.
 */
const PAGE_BITS: i32 = 16;
const ALIGNMENT: usize = 64;
/** What vector loads and stores may touch beyond the last byte of a region. */
const SLACK_BYTES: usize = 64;

let top: usize = __heap_base;
let exhausted: bool = false;

/** Address of a new region, aligned to a cache line, zeroed. When memory is exhausted the address is not usable. */
export function reserve(bytes: usize): usize {
  const start = (top + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
  const after = <u64>start + bytes + SLACK_BYTES;
  const missing = <i64>after - ((<i64>memory.size()) << PAGE_BITS);
  if (missing > 0) {
    const pages = (missing + (1 << PAGE_BITS) - 1) >> PAGE_BITS;
    if (pages > 0xffff || memory.grow(<i32>pages) < 0) {
      exhausted = true;
      return 0;
    }
  }
  top = <usize>after;
  return start;
}

/** Whether a region could not be had. */
export function isExhausted(): bool {
  return exhausted;
}
