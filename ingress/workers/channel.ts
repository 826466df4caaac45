/** Longer than a busy process takes; it is one that hangs that does not answer. */
const ANSWER_WAIT_MAX_MS = 2000;
/** Questions under way; each is a request to a probe. Further ones are refused. */
const QUESTIONS_MAX = 1000;

/** What the parent asks its workers about themselves, and a worker its parent about all of them. */
export type Question = 'readiness' | 'metrics';

/** What goes over the pipe between a worker and its parent. */
export type ChannelMessage =
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly reason: string };

/** What a worker sends: also, once, that it listens on the port. */
export type WorkerMessage = ChannelMessage | { readonly kind: 'listening' };

/** Nobody answers at the other end. */
export class ChannelError extends Error {
  override name = 'ChannelError';
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: ChannelError): void;
  readonly timer: Timer;
}

/** One end of the pipe: asks and answers questions. */
export class Channel {
  readonly #send: (message: ChannelMessage) => void;
  readonly #answer: (question: Question) => Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(
    send: (message: ChannelMessage) => void,
    answer: (question: Question) => Promise<unknown>,
  ) {
    this.#send = send;
    this.#answer = answer;
  }

  /** @throws ChannelError when there is no answer in time, or a failure instead */
  ask(question: Question): Promise<unknown> {
    if (this.#waiting.size >= QUESTIONS_MAX) {
      return Promise.reject(new ChannelError(`more than ${QUESTIONS_MAX} probes at a time`));
    }
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(
      () => this.#settle(id)?.reject(new ChannelError('does not answer')),
      ANSWER_WAIT_MAX_MS,
    );
    this.#waiting.set(id, { resolve, reject, timer });
    this.#send({ kind: 'question', id, question });
    return promise;
  }

  /** Takes what the other end has sent. */
  receive(message: ChannelMessage): void {
    if (message.kind === 'question') void this.#reply(message.id, message.question);
    else if (message.kind === 'answer') this.#settle(message.id)?.resolve(message.value);
    else this.#settle(message.id)?.reject(new ChannelError(message.reason));
  }

  /** The other end is gone: nobody waits any longer. */
  close(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new ChannelError('ended'));
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }

  async #reply(id: number, question: Question): Promise<void> {
    try {
      this.#send({ kind: 'answer', id, value: await this.#answer(question) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#send({ kind: 'failure', id, reason });
    }
  }
}
