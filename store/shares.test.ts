import { expect, test } from 'bun:test';
import { type Lease, shareOf } from './shares.ts';

const leases = (owners: readonly string[]): Lease[] =>
  owners.map((owner, partition) => ({ partition, owner, isFree: owner === '' }));

const shares = (stores: readonly string[], owners: readonly string[]) =>
  stores.map((store) => shareOf(store, stores, leases(owners)));

test('shares - all partitions are somebody’s, and shares differ by one at most', () => {
  for (const partitions of [1, 2, 4, 8, 16, 32]) {
    for (let count = 1; count <= 9; count++) {
      const stores = Array.from({ length: count }, (_, i) => `store${i}`);
      const owners = Array.from({ length: partitions }, (_, i) => `store${(i * i) % (count + 1)}`);
      const all = shares(stores, owners);
      expect(all.reduce((sum, share) => sum + share, 0)).toBe(partitions);
      expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(1);
    }
  }
});

test('shares - whoever has more keeps the odd one', () => {
  expect(shares(['a', 'b', 'c'], ['b', 'b', 'c', 'a'])).toEqual([1, 2, 1]);
  expect(shares(['a', 'b', 'c'], ['c', 'c', 'a', 'a'])).toEqual([2, 1, 1]);
});

test('shares - partitions of those that left are shared out, who is not there has none', () => {
  expect(shares(['a', 'b'], ['a', 'gone', 'gone', ''])).toEqual([2, 2]);
  expect(shareOf('c', ['a', 'b'], leases(['a', 'b']))).toBe(0);
});
