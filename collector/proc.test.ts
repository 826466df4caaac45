import { describe, expect, test } from 'bun:test';
import {
  cpuPoints,
  diskIoPoints,
  diskPoint,
  memoryPoint,
  networkPoints,
  parseCpuTicks,
  parseMounts,
} from './proc.ts';

const tags = { host: 'h' };

describe('cpu', () => {
  test('two readings - give shares of the time between them', () => {
    const before = parseCpuTicks('cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\n');
    const after = parseCpuTicks('cpu  125 0 75 850 50 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\n');
    const points = cpuPoints(before, after, tags);
    expect(points).toHaveLength(1);
    expect(points[0]).toMatchObject({
      tags: { host: 'h', cpu: 'cpu-total' },
      fields: { usage_user: 25, usage_system: 25, usage_idle: 50, usage_iowait: 0 },
    });
  });

  test('no time between two readings - gives no point', () => {
    const ticks = parseCpuTicks('cpu  100 0 50 800 50 0 0 0 0 0\n');
    expect(cpuPoints(ticks, ticks, tags)).toEqual([]);
  });
});

test('memory - is in bytes, exact', () => {
  const text = 'MemTotal:       100 kB\nMemFree:        20 kB\nMemAvailable:   75 kB\n';
  expect(memoryPoint(text, tags).fields).toMatchObject({
    total: 102400n,
    available: 76800n,
    available_percent: 75,
    used: 25600n,
    free: 20480n,
    swap_total: 0n,
  });
});

test('disk counters - are in bytes, without devices never used', () => {
  const text =
    '   7  0 loop0 0 0 0 0 0 0 0 0 0 0 0\n 254  0 vda 10 1 80 5 4 2 16 3 0 7 8 1 2 3 4\n';
  const points = diskIoPoints(text, tags);
  expect(points).toHaveLength(1);
  expect(points[0]).toMatchObject({
    tags: { host: 'h', name: 'vda' },
    fields: { reads: 10n, read_bytes: 40960n, writes: 4n, write_bytes: 8192n, io_time: 7n },
  });
});

test('network counters - leave out the loopback and interfaces never used', () => {
  const text = [
    'Inter-|   Receive  |  Transmit',
    ' face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop',
    '    lo: 5 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0',
    '  ifb0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0',
    '  eth0:18446744073709551615 2 3 4 0 0 0 0 9 10 11 12 0 0 0 0',
  ].join('\n');
  const points = networkPoints(text, tags);
  expect(points).toHaveLength(1);
  expect(points[0]).toMatchObject({
    tags: { host: 'h', interface: 'eth0' },
    fields: { bytes_recv: 18446744073709551615n, drop_in: 4n, bytes_sent: 9n, drop_out: 12n },
  });
});

test('mounts - are those on disks and the root, each device once', () => {
  const text = [
    'proc /proc proc rw 0 0',
    'overlay / overlay rw 0 0',
    '/dev/sda1 /mnt/with\\040space ext4 rw 0 0',
    '/dev/sda1 /again ext4 rw 0 0',
    '/dev/loop1 /snap/core squashfs ro 0 0',
  ].join('\n');
  expect(parseMounts(text)).toEqual([
    { device: 'overlay', path: '/', type: 'overlay' },
    { device: '/dev/sda1', path: '/mnt/with space', type: 'ext4' },
  ]);
});

test('disk space - counts the reserved blocks as neither free nor used', () => {
  const space = { bsize: 4n, blocks: 100n, bfree: 60n, bavail: 40n, files: 10n, ffree: 4n };
  const mount = { device: '/dev/sda1', path: '/', type: 'ext4' };
  expect(diskPoint(mount, space, tags)).toMatchObject({
    tags: { host: 'h', device: 'sda1', path: '/', fstype: 'ext4' },
    fields: { total: 400n, free: 160n, used: 160n, used_percent: 50, inodes_used: 6n },
  });
});
