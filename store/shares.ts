/** A partition as the leases have it. */
export interface Lease {
  readonly partition: number;
  readonly owner: string;
  /** Nobody's: never taken, given up, or not renewed. */
  readonly isFree: boolean;
}

/**
 * How many partitions a store should own. Shares differ by one at most, and whoever has more already keeps the odd ones, so that as
 * few as possible change hands. Every store comes to the same result for all of them, from the same leases.
 * @param stores names of those that are there, this one among them
 */
export function shareOf(
  store: string,
  stores: readonly string[],
  leases: readonly Lease[],
): number {
  const held = new Map(stores.map((name) => [name, 0]));
  for (const { owner, isFree } of leases) {
    const count = held.get(owner);
    if (!isFree && count !== undefined) held.set(owner, count + 1);
  }
  const ranked = [...held].sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
  const rank = ranked.findIndex(([name]) => name === store);
  if (rank < 0) return 0;
  const isOdd = rank < leases.length % ranked.length;
  return Math.floor(leases.length / ranked.length) + Number(isOdd);
}
