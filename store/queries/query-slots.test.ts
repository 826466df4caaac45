import { expect, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { QuerySlots } from './query-slots.ts';

const never = new AbortController().signal;

function outcome(work: Promise<void>): Promise<'entered' | unknown> {
  return work.then(
    () => 'entered',
    (error: unknown) => error,
  );
}

test('query slots - one that leaves hands its turn to the one that waits longest', async () => {
  const slots = new QuerySlots(1, 'queries (QUERIES_MAX)', 2);
  await slots.enter(never);
  const order: string[] = [];
  const second = slots.enter(never).then(() => order.push('second'));
  const third = slots.enter(never).then(() => order.push('third'));
  expect([slots.running, slots.waiting]).toEqual([1, 2]);
  slots.leave();
  await second;
  expect([slots.running, slots.waiting]).toEqual([1, 1]);
  slots.leave();
  await third;
  slots.leave();
  expect(order).toEqual(['second', 'third']);
  expect([slots.running, slots.waiting]).toEqual([0, 0]);
});

test('query slots - too many that wait are a limit that says so', async () => {
  const slots = new QuerySlots(1, 'queries (QUERIES_MAX)', 1);
  await slots.enter(never);
  const waiting = slots.enter(never);
  const refused = await outcome(slots.enter(never));
  expect(refused).toBeInstanceOf(AnswerError);
  expect(refused).toMatchObject({
    kind: 'limit',
    message: '1 queries (QUERIES_MAX) run and 1 wait already: ask again later',
  });
  slots.leave();
  await waiting;
});

test('query slots - one that gives up waits no longer, and its turn is not lost', async () => {
  const slots = new QuerySlots(1, 'queries (QUERIES_MAX)', 2);
  await slots.enter(never);
  const controller = new AbortController();
  const givingUp = outcome(slots.enter(controller.signal));
  const patient = outcome(slots.enter(never));
  const reason = new AnswerError('canceled', 'the question was canceled');
  controller.abort(reason);
  expect(await givingUp).toBe(reason);
  expect(slots.waiting).toBe(1);
  slots.leave();
  expect(await patient).toBe('entered');
  slots.leave();
  expect(slots.running).toBe(0);
});
