import { expect, test } from 'bun:test';
import { AnswerError, type QueryEnd, type QueryPart } from '@overseer/shared';
import type { QuestionOptions } from '../questions.ts';
import { AnswerMemory, partBytes } from './answer-memory.ts';
import { type Asker, SharedAnswers } from './shared-answers.ts';

const END: QueryEnd = {
  kind: 'end',
  warnings: [],
  stats: { series: 1, samples: 1, bytes: 1, seconds: 1 },
};
const PART: QueryPart = { kind: 'list', values: ['a'] };

/** A question that the store has; the test answers it. */
interface Asked {
  readonly request: object;
  readonly options: QuestionOptions<QueryPart>;
  readonly answer: () => void;
  readonly fail: (error: unknown) => void;
}

/** Somebody who asks, until he goes or has sent his answer. */
class TestAsker implements Asker {
  readonly #going = new AbortController();
  readonly signal = this.#going.signal;
  readonly lease;

  constructor(memory: AnswerMemory) {
    this.lease = memory.lease();
  }

  go(): void {
    this.#going.abort();
  }
}

function setUp() {
  const asked: Asked[] = [];
  const memory = new AnswerMemory(1_000_000, () => undefined);
  let shared = 0;
  const questions = {
    query: (_: unknown, request: object, options: QuestionOptions<QueryPart>) =>
      new Promise<QueryEnd>((resolve, fail) => {
        const answer = () => {
          options.onPart(PART);
          resolve(END);
        };
        options.signal?.addEventListener('abort', () => fail(new AnswerError('canceled', 'gone')));
        if (options.signal?.aborted) fail(new AnswerError('canceled', 'gone'));
        asked.push({ request, options, answer, fail });
      }),
  };
  const answers = new SharedAnswers({ questions, memory, onShared: () => shared++ });
  const ask = (question: object, asker = new TestAsker(memory)) => {
    // As the server does, whichever way it ends: what was collected is given back when it was sent.
    const outcome = answers.collect('instant', question, asker).catch((error: unknown) => {
      asker.lease.release();
      return error;
    });
    return { asker, outcome };
  };
  return { ask, asked, memory, shared: () => shared };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('shared answers - what is asked while the same is under way is asked together after it', async () => {
  const { ask, asked, memory, shared } = setUp();
  const first = ask({ expr: 'a' });
  const other = ask({ expr: 'b' });
  const same = Array.from({ length: 10 }, () => ask({ expr: 'a' }));
  await settled();
  expect(asked.map(({ request }) => request)).toMatchObject([{ expr: 'a' }, { expr: 'b' }]);
  asked[0]?.answer();
  expect(await first.outcome).toEqual({ parts: [PART], end: END });
  await settled();
  expect(asked).toHaveLength(3);
  asked[2]?.answer();
  asked[1]?.answer();
  const outcomes = await Promise.all(same.map(({ outcome }) => outcome));
  for (const outcome of outcomes) expect(outcome).toBe(outcomes[0]);
  expect(shared()).toBe(9);
  // In memory once, until the last of them was sent.
  await other.outcome;
  expect(memory.bytes).toBe(3 * partBytes(PART));
  for (const { asker } of [first, other, ...same.slice(1)]) asker.lease.release();
  await settled();
  expect(memory.bytes).toBe(partBytes(PART));
  same[0]?.asker.lease.release();
  await settled();
  expect(memory.bytes).toBe(0);
  // Nothing is kept: the next one is asked anew.
  ask({ expr: 'a' });
  expect(asked).toHaveLength(4);
});

test('shared answers - nobody waits long for the one before', async () => {
  const { ask, asked } = setUp();
  const first = ask({ expr: 'a' });
  const second = ask({ expr: 'a' });
  while (asked.length < 2) await settled();
  asked[1]?.answer();
  expect(await second.outcome).toEqual({ parts: [PART], end: END });
  asked[0]?.answer();
  expect(await first.outcome).toEqual({ parts: [PART], end: END });
});

test('shared answers - who goes leaves alone; when all have gone the store is told', async () => {
  const { ask, asked, memory } = setUp();
  const first = ask({ expr: 'a' });
  const [leaving, staying] = [ask({ expr: 'a' }), ask({ expr: 'a' })];
  leaving.asker.go();
  expect(await leaving.outcome).toMatchObject({ kind: 'canceled' });
  first.asker.go();
  expect(await first.outcome).toMatchObject({ kind: 'canceled' });
  expect(asked[0]?.options.signal?.aborted).toBe(true);
  await settled();
  expect(asked[1]?.options.signal?.aborted).toBe(false);
  asked[1]?.options.onPart(PART);
  staying.asker.go();
  expect(await staying.outcome).toMatchObject({ kind: 'canceled' });
  expect(asked[1]?.options.signal?.aborted).toBe(true);
  await settled();
  expect(memory.bytes).toBe(0);
});

test('shared answers - one that all have left before it was asked is not joined, nor asked', async () => {
  const { ask, asked } = setUp();
  const first = ask({ expr: 'a' });
  const gone = ask({ expr: 'a' });
  gone.asker.go();
  expect(await gone.outcome).toMatchObject({ kind: 'canceled' });
  const next = ask({ expr: 'a' });
  asked[0]?.answer();
  await first.outcome;
  await settled();
  expect(asked).toHaveLength(2);
  asked[1]?.answer();
  expect(await next.outcome).toEqual({ parts: [PART], end: END });
});

test('shared answers - each has the time that he gives, the store the longest', async () => {
  const { ask, asked } = setUp();
  ask({ expr: 'a', timeoutMs: 5 });
  expect(asked[0]?.request).toMatchObject({ timeoutMs: 5 });
  const hurried = ask({ expr: 'a', timeoutMs: 1 });
  const patient = ask({ expr: 'a', timeoutMs: 60_000 });
  expect(await hurried.outcome).toMatchObject({ kind: 'timeout' });
  asked[0]?.fail(new AnswerError('timeout', 'of the store'));
  await settled();
  expect(asked[1]?.request).toMatchObject({ timeoutMs: 60_000 });
  const [limited, unlimited] = [ask({ expr: 'a', timeoutMs: 60_000 }), ask({ expr: 'a' })];
  asked[1]?.answer();
  expect(await patient.outcome).toEqual({ parts: [PART], end: END });
  await settled();
  expect(asked[2]?.request).toMatchObject({ timeoutMs: undefined });
  asked[2]?.answer();
  for (const { outcome } of [limited, unlimited]) {
    expect(await outcome).toEqual({ parts: [PART], end: END });
  }
});

test('shared answers - an error is everybody’s, and is not kept', async () => {
  const { ask, asked, memory } = setUp();
  ask({ expr: 'a' });
  const same = [ask({ expr: 'a' }), ask({ expr: 'a' })];
  asked[0]?.answer();
  await settled();
  asked[1]?.options.onPart(PART);
  asked[1]?.fail(new AnswerError('execution', 'no such thing'));
  for (const { outcome } of same) expect(await outcome).toMatchObject({ kind: 'execution' });
  await settled();
  expect(memory.bytes).toBe(partBytes(PART));
});
