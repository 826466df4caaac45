import { expect, test } from 'bun:test';
import { AnswerError, BusUnavailableError } from '@overseer/shared';
import { queryError } from './query-errors.ts';

const running = new AbortController().signal;
const outage = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

test('query errors - an outage of either server is told as such', () => {
  expect(queryError(outage, running)).toMatchObject({ kind: 'unavailable', cause: outage });
  const lost = new BusUnavailableError('NATS is not connected');
  expect(queryError(lost, running)).toMatchObject({ kind: 'unavailable', cause: lost });
});

test('query errors - what an abort made fail is told by its reason', () => {
  const controller = new AbortController();
  const reason = new AnswerError('timeout', 'took too long');
  controller.abort(reason);
  expect(queryError(outage, controller.signal)).toBe(reason);
});

test('query errors - what was told already, and bugs, stay what they are', () => {
  const told = new AnswerError('limit', 'too many');
  const bug = new TypeError('undefined is no function');
  expect(queryError(told, running)).toBe(told);
  expect(queryError(bug, AbortSignal.abort(told))).toBe(bug);
});
