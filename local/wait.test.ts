import { expect, test } from 'bun:test';
import { waitUntil } from './wait.ts';

test('a wait - gives what the condition gave', async () => {
  let polls = 0;
  const value = await waitUntil(() => ++polls > 2 && 'there', { what: 'it', deadlineMs: 60_000 });
  expect(value).toBe('there');
});

test('a wait in vain - tells what for, how long, and what was there instead', async () => {
  const lastSeen = () => ({ count: 1 });
  const waiting = waitUntil(() => false, { what: 'two of them', deadlineMs: 0, lastSeen });
  const told = await waiting.then(String, String);
  expect(told).toStartWith('WaitedInVainError: Waited 0 s for two of them, in vain. Last seen: {');
  expect(told).toContain('count: 1');
});
