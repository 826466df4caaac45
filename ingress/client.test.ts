import { expect, test } from 'bun:test';
import { networkOf } from './client.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['fe80::1:2:3:4', 'fe80:0:0:0::/64'],
])('client - %s is of %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
