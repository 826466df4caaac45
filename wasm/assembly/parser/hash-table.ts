/**
 * Open addressing with linear probing, of addresses by hash. A slot:
 *
 *     0     4         8
 *     ├ tag ┼ address ┤ u32 each; address 0: empty
 *
 * The tag is the low half of the hash, whose low bits also say where probing starts; so a walk compares what an address points to
 * only when it most likely is what is looked for, and a table grows without looking at its entries.
 *
 * Tables are at most half full and start small: a few thousand series then are looked up in the processor's cache. Every size has
 * a place of its own, one behind the other, of which only the last is in use (untouched memory costs nothing):
 *
 *     ┌ 16 ┬ 32 ┬ 64 ┬─ 128 ─┬── … slots
 */
import { reserve } from './memory';

const SLOT_ADDRESS: usize = 4;
const SLOT_BITS: usize = 3;
const SLOTS_FIRST: u32 = 16;

@unmanaged
export class HashTable {
  /** Place of the smallest size, and of the one in use. */
  places: usize;
  slots: usize;
  mask: u32;
  count: u32;
  /** Mask of the greatest size. */
  maskMax: u32;

  /** Makes room for `max` entries. */
  reserveSlots(max: u32): void {
    let slots = SLOTS_FIRST;
    while (slots < max * 2) slots <<= 1;
    this.maskMax = slots - 1;
    this.places = reserve((<usize>slots * 2) << SLOT_BITS);
    this.useFirst();
  }

  clear(): void {
    if (this.count == 0) return;
    this.wipe();
    this.useFirst();
  }

  /**
   * The first slot where an entry of this hash may be: walk on with `next` until `address(slot)` is the one, or 0 and the entry
   * is not there; that slot is where to `put` it.
   */
  // @ts-ignore: decorator
  @inline
  first(hash: u64): usize {
    return this.settle(this.startOf(<u32>hash), <u32>hash);
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

  /** Fills an empty slot that a walk of this hash ended at. Afterwards slots may be others. */
  put(slot: usize, hash: u64, address: usize): void {
    store<u32>(slot, <u32>hash);
    store<usize>(slot, address, SLOT_ADDRESS);
    this.count++;
    if (this.count * 2 > this.mask && this.mask < this.maskMax) this.grow();
  }

  /** Puts another entry of the same hash in the place of one. */
  replace(slot: usize, address: usize): void {
    store<usize>(slot, address, SLOT_ADDRESS);
  }

  /** Adds an entry that is not there. */
  insert(hash: u64, address: usize): void {
    let slot = this.first(hash);
    while (this.address(slot) != 0) slot = this.next(slot, hash);
    this.put(slot, hash, address);
  }

  /** Takes away an entry that is there. */
  remove(hash: u64, address: usize): void {
    let gap = this.first(hash);
    while (this.address(gap) != address) gap = this.next(gap, hash);
    this.count--;
    // What follows without a gap moves up, unless it would come before where its probing starts.
    for (let slot = this.following(gap); load<u64>(slot) != 0; slot = this.following(slot)) {
      const start = this.startOf(load<u32>(slot));
      const fromStart = (slot - start) & this.offsetMask;
      if (fromStart < ((slot - gap) & this.offsetMask)) continue;
      store<u64>(gap, load<u64>(slot));
      gap = slot;
    }
    store<u64>(gap, 0);
  }

  private useFirst(): void {
    this.slots = this.places;
    this.mask = SLOTS_FIRST - 1;
    this.count = 0;
  }

  private wipe(): void {
    memory.fill(this.slots, 0, (<usize>this.mask + 1) << SLOT_BITS);
  }

  /** Moves the entries to the next size. */
  private grow(): void {
    const start = this.slots;
    const end = start + ((<usize>this.mask + 1) << SLOT_BITS);
    this.slots = end;
    this.mask = this.mask * 2 + 1;
    for (let slot = start; slot < end; slot += 1 << SLOT_BITS) {
      const entry = load<u64>(slot);
      if (entry == 0) continue;
      let place = this.startOf(<u32>entry);
      while (load<u64>(place) != 0) place = this.following(place);
      store<u64>(place, entry);
    }
    memory.fill(start, 0, end - start);
  }

  /** From `slot` on, the first with this tag, or empty. */
  // @ts-ignore: decorator
  @inline
  private settle(slot: usize, tag: u32): usize {
    while (load<usize>(slot, SLOT_ADDRESS) != 0 && load<u32>(slot) != tag) slot = this.following(slot);
    return slot;
  }

  // @ts-ignore: decorator
  @inline
  private following(slot: usize): usize {
    return this.slots + ((slot - this.slots + (1 << SLOT_BITS)) & this.offsetMask);
  }

  /** Where probing starts. */
  // @ts-ignore: decorator
  @inline
  private startOf(tag: u32): usize {
    return this.slots + ((<usize>(tag & this.mask)) << SLOT_BITS);
  }

  // @ts-ignore: decorator
  @inline
  private get offsetMask(): usize {
    return <usize>this.mask << SLOT_BITS;
  }
}

/** A table in static memory; its slots are reserved later. */
// @ts-ignore: decorator
@inline
export function tableAt(address: usize): HashTable {
  return changetype<HashTable>(address);
}
