import { expect, test } from 'bun:test';
import { serverPorts } from '../ports.ts';
import { freePort, rangeOfWorker } from './ports.ts';

test('ports for tests - of two workers are never the same', () => {
  const ranges = Array.from({ length: 8 }, (_, worker) => rangeOfWorker(worker));
  const { lowest, highest } = serverPorts();
  for (const [worker, range] of ranges.entries()) {
    expect(range.lowest).toBeGreaterThanOrEqual(ranges[worker - 1]?.highest ?? lowest);
    expect(range.highest - range.lowest).toBeGreaterThanOrEqual(100);
    expect(range.highest).toBeLessThanOrEqual(highest);
  }
});

test('ports for tests - are given once', () => {
  const ports = Array.from({ length: 50 }, freePort);
  expect(new Set(ports).size).toBe(50);
});
