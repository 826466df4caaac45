import { expect, test } from 'bun:test';
import { Outage } from './outage.ts';

function newOutage(): { outage: Outage; told: unknown[] } {
  const told: unknown[] = [];
  const log = {
    info: (text: unknown) => void told.push(text),
    warn: (_: unknown, text: unknown) => void told.push(text),
  };
  return { outage: new Outage({ log, begun: 'away', ended: 'back', retryMaxMs: 1000 }), told };
}

test('outage - what is over soon is no news', () => {
  const { outage, told } = newOutage();
  outage.failed(new Error('away'), 0);
  outage.failed(new Error('away'), 2999);
  outage.over();
  outage.failed(new Error('away'), 5000);
  expect(told).toEqual([]);
});

test('outage - what lasts is told once, and its end too', () => {
  const { outage, told } = newOutage();
  for (const atMs of [0, 3000, 4000, 60_000]) outage.failed(new Error('away'), atMs);
  expect(told).toEqual(['away']);
  outage.over();
  outage.over();
  expect(told).toEqual(['away', 'back']);
});

test('outage - tries come later each time, up to a limit, and soon again after it is over', () => {
  const { outage } = newOutage();
  const waits = () => [1, 2, 3, 4, 5, 6].map((atMs) => outage.failed(new Error('away'), atMs));
  expect(waits()).toEqual([100, 200, 400, 800, 1000, 1000]);
  outage.over();
  expect(waits()).toEqual([100, 200, 400, 800, 1000, 1000]);
});
