import { expect, test } from 'bun:test';
import type { ChangedEvent } from './administration.ts';
import { decodeChangedEvent, encodeChangedEvent } from './changed-event.ts';

test('changed event - what was encoded is decoded', () => {
  const events: ChangedEvent[] = [
    { db: 'db', dropped: true },
    { db: 'db', measurement: 'm', dropped: false, startNs: -1n, endNs: 2n ** 62n },
  ];
  for (const event of events) expect(decodeChangedEvent(encodeChangedEvent(event))).toEqual(event);
});

test('changed event - anything else is an error', () => {
  const good = encodeChangedEvent({ db: 'db', dropped: true });
  for (const bad of [good.subarray(1), Uint8Array.of(0x80), new Uint8Array()]) {
    expect(() => decodeChangedEvent(bad)).toThrow('changed event');
  }
});
