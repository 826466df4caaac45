import { expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { EvaluationGate } from './evaluation-gate.ts';

/** An action that ends when it is told to. */
function task(gate: EvaluationGate, name: string, log: string[]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const controller = new AbortController();
  const action = async () => {
    log.push(name);
    await promise;
  };
  return {
    ended: gate.run(action, controller.signal),
    end: resolve,
    abort: () => controller.abort(),
  };
}

test('gate - so many run at once, the others in the order they came', async () => {
  const log: string[] = [];
  const gate = new EvaluationGate(2);
  const tasks = ['a', 'b', 'c', 'd'].map((name) => task(gate, name, log));
  await waitUntil(() => log.length > 1, { what: 'two to run', deadlineMs: 5000 });
  expect([gate.waiting, log]).toEqual([2, ['a', 'b']]);
  tasks[1]?.end();
  await waitUntil(() => log.length > 2, { what: 'the third to run', deadlineMs: 5000 });
  expect([gate.waiting, log]).toEqual([1, ['a', 'b', 'c']]);
  for (const { end } of tasks) end();
  await Promise.all(tasks.map(({ ended }) => ended));
  expect(log).toEqual(['a', 'b', 'c', 'd']);
});

test('gate - who gives up waits no longer, and takes no turn', async () => {
  const log: string[] = [];
  const gate = new EvaluationGate(1);
  const tasks = ['a', 'b', 'c', 'd'].map((name) => task(gate, name, log));
  tasks[2]?.abort();
  await tasks[2]?.ended;
  expect([gate.waiting, log]).toEqual([2, ['a']]);
  // One whose turn has come is not among those who wait.
  tasks[0]?.end();
  await tasks[0]?.ended;
  tasks[1]?.abort();
  expect(gate.waiting).toBe(1);
  for (const { end } of tasks) end();
  await Promise.all(tasks.map(({ ended }) => ended));
  expect(log).toEqual(['a', 'b', 'd']);
  const late = task(gate, 'late', log);
  late.end();
  await late.ended;
  expect(log.at(-1)).toBe('late');
});

test('gate - an action that fails gives its place away', async () => {
  const gate = new EvaluationGate(1);
  const { signal } = new AbortController();
  const failing = gate.run(() => Promise.reject(new Error('broken')), signal);
  const outcome = await failing.then(
    () => 'ran',
    (error: Error) => error.message,
  );
  let ran = false;
  await gate.run(async () => {
    ran = true;
  }, signal);
  expect([outcome, ran]).toEqual(['broken', true]);
});
