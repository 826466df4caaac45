/**
 * Open addressing with linear probing, of addresses by hash. Tables are at most half full, so a probe always ends. A slot:
 *
 *     0     4         8
 *     ├ tag ┼ address ┤ u32 each; address 0: empty
 *
 * The tag is the low half of the hash; the slot is found by the high half. So a walk compares what an address points to only
 * when it most likely is what is looked for.
 */
import { reserve } from './memory';

const SLOT_ADDRESS: usize = 4;
const SLOT_BYTES_BITS: usize = 3;

@unmanaged
export class HashTable {
  slots: usize;
  mask: u32;
  count: u32;

  /** Slots for twice `max` entries. */
  reserveSlots(max: u32): void {
    let slots: u32 = 16;
    while (slots < max * 2) slots <<= 1;
    this.slots = reserve((<usize>slots) << SLOT_BYTES_BITS);
    this.mask = slots - 1;
    this.count = 0;
  }

  clear(): void {
    if (this.count == 0) return;
    memory.fill(this.slots, 0, (<usize>this.mask + 1) << SLOT_BYTES_BITS);
    this.count = 0;
  }

  /**
   * The first slot where an entry of this hash may be: walk on with `next` until `address(slot)` is the one, or 0 and the entry
   * is not there; that slot is where to `put` it.
   */
  // @ts-ignore: decorator
  @inline
  first(hash: u64): usize {
    return this.settle(this.slots + ((<usize>(<u32>(hash >> 32) & this.mask)) << SLOT_BYTES_BITS), <u32>hash);
  }

  // @ts-ignore: decorator
  @inline
  next(slot: usize, hash: u64): usize {
    return this.settle(this.following(slot), <u32>hash);
  }

  // @ts-ignore: decorator
  @inline
  address(slot: usize): usize {
    return load<usize>(slot, SLOT_ADDRESS);
  }

  /** Fills an empty slot that a walk of this hash ended at. */
  put(slot: usize, hash: u64, address: usize): void {
    store<u32>(slot, <u32>hash);
    store<u32>(slot, <u32>address, SLOT_ADDRESS);
    this.count++;
  }

  /** Puts another entry of the same hash in the place of one. */
  replace(slot: usize, address: usize): void {
    store<u32>(slot, <u32>address, SLOT_ADDRESS);
  }

  /** Adds an entry that is not there. */
  insert(hash: u64, address: usize): void {
    let slot = this.first(hash);
    while (this.address(slot) != 0) slot = this.next(slot, hash);
    this.put(slot, hash, address);
  }

  /** Takes away the entry that was put last: then nothing was put behind it that needs its slot. */
  takeLast(slot: usize): void {
    store<u64>(slot, 0);
    this.count--;
  }

  /** From `slot` on, the first with this tag, or empty. */
  // @ts-ignore: decorator
  @inline
  private settle(slot: usize, tag: u32): usize {
    while (load<u32>(slot, SLOT_ADDRESS) != 0 && load<u32>(slot) != tag) slot = this.following(slot);
    return slot;
  }

  // @ts-ignore: decorator
  @inline
  private following(slot: usize): usize {
    const offset = (slot - this.slots + (1 << SLOT_BYTES_BITS)) & ((<usize>this.mask << SLOT_BYTES_BITS) | 7);
    return this.slots + offset;
  }
}

/** A table in static memory; its slots are reserved later. */
// @ts-ignore: decorator
@inline
export function tableAt(address: usize): HashTable {
  return changetype<HashTable>(address);
}
