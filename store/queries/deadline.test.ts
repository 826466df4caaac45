import { expect, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { Deadline, unlessAborted } from './deadline.ts';

const LONG_MS = 60_000;

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason));
  });
}

test('deadline - aborts as a timeout that names its length', async () => {
  using deadline = new Deadline(new AbortController().signal, 1);
  const reason = await aborted(deadline.signal);
  expect(reason).toBeInstanceOf(AnswerError);
  expect(reason).toMatchObject({ kind: 'timeout' });
  expect((reason as AnswerError).message).toStartWith('the query took longer than 1 ms');
});

test('deadline - hands on why the asker gave up, before and after', async () => {
  const asker = new AbortController();
  using before = new Deadline(asker.signal, LONG_MS);
  const reason = new AnswerError('canceled', 'the question was canceled');
  asker.abort(reason);
  using after = new Deadline(asker.signal, LONG_MS);
  expect(await aborted(before.signal)).toBe(reason);
  expect(after.signal.reason).toBe(reason);
});

test('unless aborted - gives the result, the error, or the reason', async () => {
  const controller = new AbortController();
  expect(await unlessAborted(Promise.resolve(1), controller.signal)).toBe(1);
  const failure = new Error('failed');
  const failed = unlessAborted(Promise.reject(failure), controller.signal).catch((error) => error);
  expect(await failed).toBe(failure);
  const waiting = unlessAborted(new Promise(() => {}), controller.signal).catch((error) => error);
  controller.abort('reason');
  expect(await waiting).toBe('reason');
});
