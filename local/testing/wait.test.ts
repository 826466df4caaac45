import { expect, test } from 'bun:test';
import { WaitedInVainError } from '../wait.ts';
import { startNats, waitUntil } from './mod.ts';

test('a wait in vain - tells what was seen last, and what every process printed', async () => {
  await using nats = await startNats();
  await nats.kill();
  // Ends it at once, as the deadline would in a minute.
  const giveUp = () => {
    throw new WaitedInVainError('Waited for nothing, in vain.');
  };
  const waiting = waitUntil(() => false, { what: 'nothing', deadlineMs: 0, giveUp });
  const message = await waiting.then(String, String);
  expect(message).toContain('nats (ended: signal SIGKILL) printed last:');
  expect(message).toContain('Server is ready');
});
