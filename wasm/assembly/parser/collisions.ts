/**
 * Series ids of which the store knows the owner, because another key has the same id: lines of the other key are refused. The
 * owner is known by the check, a second hash of its key (docs/contracts.md).
 */
import { sipHash24 } from '../siphash';
import { reserve } from './memory';

/** With 64-bit ids and a secret seed there will be none; a thousand mean that something else is wrong. */
const OWNERS_MAX: u32 = 1024;

/**
 *     0    8       16
 *     ├ id ┼ check ┤ u64 each
 */
@unmanaged
class Owner {
  id: u64;
  check: u64;
}

/** 16 bytes: the installation's seed, of which series ids are made, and the one that checks are made of. */
export const seedAt: usize = memory.data(16, 8);
const checkSeedAt: usize = memory.data(16, 8);
const CHECK_SEED_MASK: u64 = 0xa5a5a5a5a5a5a5a5;

let ownersAt: usize = 0;
let ownerCount: u32 = 0;

export function reserveOwners(): void {
  ownersAt = reserve(OWNERS_MAX * offsetof<Owner>());
  store<u64>(checkSeedAt, load<u64>(seedAt) ^ CHECK_SEED_MASK);
  store<u64>(checkSeedAt, load<u64>(seedAt, 8) ^ CHECK_SEED_MASK, 8);
}

/** From now on `id` belongs to the key with this check. @returns false when there are too many */
export function addOwner(id: u64, check: u64): bool {
  const known = findOwner(id);
  if (known == null && ownerCount == OWNERS_MAX) return false;
  const owner = known == null ? ownerAt(ownerCount++) : known;
  owner.id = id;
  owner.check = check;
  return true;
}

/** Whether the id is known to belong to another key. */
export function belongsToAnother(id: u64, key: usize, keyLength: u32): bool {
  const owner = findOwner(id);
  return owner != null && owner.check != sipHash24(checkSeedAt, key, keyLength);
}

function findOwner(id: u64): Owner | null {
  for (let i: u32 = 0; i < ownerCount; i++) {
    if (ownerAt(i).id == id) return ownerAt(i);
  }
  return null;
}

function ownerAt(index: u32): Owner {
  return changetype<Owner>(ownersAt + index * offsetof<Owner>());
}
