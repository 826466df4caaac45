import { type AnswerWriter, encodeBody, PARTS_AHEAD_MAX, type QueryPart } from '@overseer/shared';
import { inSpan } from '@overseer/shared/tracing';
import { type Deadline, unlessAborted } from './deadline.ts';
import { nothingRead } from './query-budget.ts';
import { queryError } from './query-errors.ts';
import type { Findings } from './question.ts';

/** Those who share one evaluation: each takes a copy of every part. */
export const ASKERS_MAX = 64;
/**
 * Parts ahead of those who take them, of all askers together; each may have one. Of eight evaluations for sixty-four requests of one
 * frontend that is 48 MiB: beyond 64 MiB NATS takes it for a slow consumer and ends its connection.
 */
const SHARED_PARTS_AHEAD_MAX = 16;

/** Somebody who waits for an answer. */
export interface Asker {
  readonly answer: AnswerWriter;
  /** Ends his waiting, and nobody else's. */
  readonly deadline: Deadline;
}

/**
 * One evaluation, and all who wait for what it gives. Who asks the same before it begins may join: nothing has been read yet, so he gets
 * all that was committed before he asked. Each leaves on his own; when nobody is left, the evaluation ends.
 */
export class SharedEvaluation {
  /** What it has read. */
  readonly totals = nothingRead();
  readonly #askers = new Set<Asker>();
  readonly #controller = new AbortController();
  readonly #turn: Promise<void>;
  readonly #outcome: Promise<Findings>;
  #begunAt: number | undefined;

  /**
   * @param enter waits for the turn
   * @param work is done when it has come
   */
  constructor(
    enter: (signal: AbortSignal) => Promise<void>,
    work: (evaluation: SharedEvaluation) => Promise<Findings>,
  ) {
    this.#turn = enter(this.signal).then(() => {
      this.#begunAt = performance.now();
    });
    this.#outcome = this.#turn.then(() => work(this));
    // Nobody may be left to hear of a failure.
    this.#outcome.catch(() => undefined);
  }

  /** Aborted when nobody waits any more, with the reason of who left last. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether one more may join. */
  get isOpen(): boolean {
    return this.#begunAt === undefined && !this.signal.aborted && this.#askers.size < ASKERS_MAX;
  }

  /** When its turn came, by `performance.now()`. */
  get begunAt(): number | undefined {
    return this.#begunAt;
  }

  /** Gives what the evaluation finds, when its parts were sent. @throws what it throws, or why the asker left */
  async findingsFor(asker: Asker): Promise<Findings> {
    const { signal } = asker.deadline;
    const leave = () => this.#leave(asker);
    this.#askers.add(asker);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      await inSpan('wait for a turn', {}, () => unlessAborted(this.#turn, signal));
      return await unlessAborted(this.#outcome, signal);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** Sends a part to everybody; the slowest of those who take parts decides when the next one is made. */
  async send(part: QueryPart): Promise<void> {
    const askers = [...this.#askers];
    const body = askers.length > 1 ? encodeBody(part) : part;
    const aheadMax = Math.max(1, Math.floor(SHARED_PARTS_AHEAD_MAX / askers.length));
    await Promise.all(
      askers.map((asker) => sendTo(asker, body, Math.min(aheadMax, PARTS_AHEAD_MAX))),
    );
    this.signal.throwIfAborted();
  }

  #leave(asker: Asker): void {
    this.#askers.delete(asker);
    if (this.#askers.size === 0) this.#controller.abort(asker.deadline.signal.reason);
  }
}

/** Who can't be sent a part leaves. */
async function sendTo({ answer, deadline }: Asker, body: object, aheadMax: number): Promise<void> {
  try {
    await unlessAborted(answer.send(body, aheadMax), deadline.signal);
  } catch (error) {
    deadline.abort(queryError(error, deadline.signal));
  }
}
