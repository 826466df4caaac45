import { afterEach, expect, test } from 'bun:test';
import { AnswerError, type AnswerWriter } from '@overseer/shared';
import { Deadline } from './deadline.ts';
import type { Findings } from './question.ts';
import { ASKERS_MAX, type Asker, SharedEvaluation } from './shared-evaluation.ts';

const PART = { kind: 'list', values: ['a'] } as const;
const FOUND: Findings = { warnings: [] };
const LONG_MS = 60_000;

/** Somebody whose taking of parts the test decides on. */
class TestAsker implements Asker {
  readonly deadline: Deadline;
  readonly answer: AnswerWriter;
  readonly #canceling = new AbortController();
  /** One for each part that was sent to him, with how many may be ahead. */
  readonly sent: { readonly aheadMax: number | undefined; readonly take: () => void }[] = [];

  constructor(timeoutMs = LONG_MS, send?: () => Promise<void>) {
    const { signal } = this.#canceling;
    this.deadline = new Deadline(signal, timeoutMs);
    const keep = (aheadMax: number | undefined) =>
      new Promise<void>((take) => this.sent.push({ aheadMax, take }));
    this.answer = {
      signal,
      send: send ?? ((_, aheadMax) => keep(aheadMax)),
      sendAndWait: () => Promise.reject(new Error('nobody waits here')),
    };
  }

  cancel(): void {
    this.#canceling.abort(new AnswerError('canceled', 'the question was canceled'));
  }
}

const askers: TestAsker[] = [];

afterEach(() => {
  for (const { deadline } of askers.splice(0)) deadline[Symbol.dispose]();
});

function newAsker(...given: ConstructorParameters<typeof TestAsker>): TestAsker {
  const asker = new TestAsker(...given);
  askers.push(asker);
  return asker;
}

/** An evaluation that sends one part; its turn comes when the test says so. */
function newEvaluation() {
  const { promise: turn, resolve: begin } = Promise.withResolvers<void>();
  const evaluation = new SharedEvaluation(
    () => turn,
    async (begun) => {
      await begun.send(PART);
      return FOUND;
    },
  );
  return { evaluation, begin };
}

const outcomeOf = (work: Promise<Findings>): Promise<unknown> =>
  work.catch((error: unknown) => error);

/** Until all that waits for nothing is done. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('shared evaluation - everybody gets every part, the slowest decides when it goes on', async () => {
  const { evaluation, begin } = newEvaluation();
  const [quick, slow] = [newAsker(), newAsker()];
  const outcomes = [quick, slow].map((asker) => outcomeOf(evaluation.findingsFor(asker)));
  let isOver = false;
  void Promise.all(outcomes).then(() => {
    isOver = true;
  });
  begin();
  await settled();
  expect([quick.sent.length, slow.sent.length]).toEqual([1, 1]);
  quick.sent[0]?.take();
  await settled();
  expect(isOver).toBe(false);
  slow.sent[0]?.take();
  expect(await Promise.all(outcomes)).toEqual([FOUND, FOUND]);
});

test('shared evaluation - may be joined until it begins, by so many', async () => {
  const { evaluation, begin } = newEvaluation();
  const many = Array.from({ length: ASKERS_MAX }, () => newAsker());
  const outcomes: Promise<unknown>[] = [];
  for (const asker of many) {
    expect(evaluation.isOpen).toBe(true);
    outcomes.push(outcomeOf(evaluation.findingsFor(asker)));
  }
  expect(evaluation.isOpen).toBe(false);
  many[0]?.cancel();
  expect(evaluation.isOpen).toBe(true);
  begin();
  await settled();
  expect(evaluation.isOpen).toBe(false);
  // All together are not far ahead.
  for (const { sent } of many.slice(1)) {
    expect(sent[0]?.aheadMax).toBe(1);
    sent[0]?.take();
  }
  expect(await outcomes[0]).toMatchObject({ kind: 'canceled' });
  expect(await Promise.all(outcomes.slice(1))).toEqual(Array(ASKERS_MAX - 1).fill(FOUND));
});

test('shared evaluation - who cancels or runs out of time leaves alone, the last one ends it', async () => {
  const { evaluation, begin } = newEvaluation();
  const [hurried, canceling, patient] = [newAsker(1), newAsker(), newAsker()];
  const [first, second, third] = [hurried, canceling, patient].map((asker) =>
    outcomeOf(evaluation.findingsFor(asker)),
  );
  expect(await first).toMatchObject({ kind: 'timeout' });
  begin();
  await settled();
  expect(hurried.sent).toHaveLength(0);
  canceling.cancel();
  expect(await second).toMatchObject({ kind: 'canceled' });
  expect(evaluation.signal.aborted).toBe(false);
  patient.cancel();
  expect(await third).toMatchObject({ kind: 'canceled' });
  expect(evaluation.signal.reason).toMatchObject({ kind: 'canceled' });
});

test('shared evaluation - who can not be sent a part leaves, the others get theirs', async () => {
  const { evaluation, begin } = newEvaluation();
  const broken = newAsker(LONG_MS, () => Promise.reject(new Error('too large')));
  const whole = newAsker();
  const outcomes = [broken, whole].map((asker) => outcomeOf(evaluation.findingsFor(asker)));
  begin();
  await settled();
  whole.sent[0]?.take();
  expect(await Promise.all(outcomes)).toEqual([new Error('too large'), FOUND]);
});

test('shared evaluation - what went wrong is told to everybody', async () => {
  const failure = new AnswerError('execution', 'no such thing');
  const evaluation = new SharedEvaluation(
    () => Promise.resolve(),
    () => Promise.reject(failure),
  );
  const outcomes = [newAsker(), newAsker()].map((asker) =>
    outcomeOf(evaluation.findingsFor(asker)),
  );
  expect(await Promise.all(outcomes)).toEqual([failure, failure]);
});

test('shared evaluation - of somebody who has left already is not begun', async () => {
  const { evaluation } = newEvaluation();
  const gone = newAsker();
  gone.cancel();
  expect(await outcomeOf(evaluation.findingsFor(gone))).toMatchObject({ kind: 'canceled' });
  expect(evaluation.signal.aborted).toBe(true);
  expect(evaluation.isOpen).toBe(false);
});
