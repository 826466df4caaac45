import { AnswerError, type AnswerErrorKind } from './answer-error.ts';
import {
  ANSWER_VERSION,
  decodeMessage,
  encodeFrame,
  type Frame,
  PROGRESS_INTERVAL_MS,
} from './answer-frames.ts';
import type { Bus } from './bus.ts';
import type { CoreMessage } from './core-message.ts';
import type { Logger } from './log.ts';
import {
  activeSpan,
  failSpan,
  inSpan,
  messagingAttributes,
  originOf,
  SpanKind,
} from './tracing/mod.ts';

/**
 * The answerer's side of questions that are answered in parts: docs/contracts.md, "Answers in parts"; `ask` is the asker's. He is never
 * more than a few parts ahead of who takes them, and stops when nobody does.
 */

/** Parts sent and not yet taken. */
export const PARTS_AHEAD_MAX = 8;
/** Who takes no part for so long is gone. */
const UNTAKEN_MAX_MS = 10_000;
/** Who hears nothing for so long has given up: see `ask`. */
const UNHEARD_MAX_MS = 5000;

/** What a handler sends its answer with. */
export interface AnswerWriter {
  /** Aborted when the asker cancels or is gone, with the AnswerError that says so as its reason. */
  readonly signal: AbortSignal;
  /**
   * Sends one part; waits while the asker has too many before it. The encoded body must be smaller than the server's max_payload:
   * ANSWER_PART_BYTES is what to aim for. The body may be changed afterwards.
   * @param body one of `encodeBody` when several askers get it
   * @param aheadMax parts that may be sent and not yet taken, this one included: PARTS_AHEAD_MAX at the most, and unless told
   * @throws AnswerError canceled
   */
  send(body: object, aheadMax?: number): Promise<void>;
  /**
   * Sends one part and waits until it is taken, so that the asker is known to be there: a question may have waited in a process that was
   * stopped, long after its asker has asked somebody else.
   * @throws AnswerError canceled
   */
  sendAndWait(body: object): Promise<void>;
}

/** What one part should be, encoded, at the most. */
export const ANSWER_PART_BYTES = 256 * 1024;

/** Answers one question; the result is the body of the end. AnswerErrors are told to the asker, others are logged as bugs. */
export type AnswerHandler = (
  request: Readonly<Record<string, unknown>>,
  answer: AnswerWriter,
  subject: string,
) => Promise<object>;

export interface AnswerOptions {
  readonly queue: string;
  /** Answers under way at once; further questions are refused as `limit`. */
  readonly openMax: number;
  readonly log: Logger;
  /** Told of each question that was refused because too many are under way. */
  readonly onRefused?: () => void;
  /** Told how each answer ended, also of questions that were refused. */
  readonly onAnswered?: (outcome: 'ok' | AnswerErrorKind) => void;
}

/** Answers questions on a subject, those of one queue by turns; the result ends that and aborts the answers under way. */
export function serveAnswers(
  bus: Bus,
  subject: string,
  options: AnswerOptions,
  handler: AnswerHandler,
): () => void {
  const open = new Set<Answer>();
  const unlisten = bus.listen(
    subject,
    (message) => {
      const { payload, replyTo, subject: asked } = message;
      if (!replyTo) return;
      const answer = new Answer(bus, replyTo);
      open.add(answer);
      const isTooMany = open.size > options.openMax;
      const run = () =>
        answer.run(async () => {
          if (isTooMany) {
            options.onRefused?.();
            throw new AnswerError(
              'limit',
              `${options.openMax} questions are being answered already: ask again later`,
            );
          }
          return await handler(requestOf(payload), answer, asked);
        }, options.log);
      void inTraceOf(message, run)
        .then(options.onAnswered)
        .finally(() => open.delete(answer));
    },
    { queue: options.queue },
  );
  return () => {
    unlisten();
    for (const answer of open) {
      answer.abort(new AnswerError('unavailable', 'the service is stopping: ask again'));
    }
  };
}

/** Answers in a span of the asker's trace, if that is recorded. */
function inTraceOf<T>({ subject, headers }: CoreMessage, answer: () => Promise<T>): Promise<T> {
  const origin = originOf(headers);
  const description = {
    kind: SpanKind.SERVER,
    origins: origin ? [origin] : [],
    attributes: messagingAttributes({ name: 'process', type: 'process', subject }),
  };
  return inSpan(`process ${subject}`, description, answer);
}

function requestOf(payload: Uint8Array): Readonly<Record<string, unknown>> {
  let request: unknown;
  try {
    request = decodeMessage(payload, 'request');
  } catch (cause) {
    throw new AnswerError('bad_data', 'a request is a MessagePack map', { cause });
  }
  if (typeof request !== 'object' || request === null || !('v' in request)) {
    throw new AnswerError('bad_data', 'a request is a map with its version v');
  }
  if (request.v !== ANSWER_VERSION) {
    throw new AnswerError(
      'bad_data',
      `version ${String(request.v)} of requests is not ${ANSWER_VERSION}`,
    );
  }
  return { ...request };
}

/** One answer of the answerer. */
class Answer implements AnswerWriter {
  readonly #controller = new AbortController();
  readonly #control: string;
  #part = 0;
  #untaken = 0;
  #takenAt = performance.now();
  /** When something could be sent last. */
  #postedAt = performance.now();
  #wake: (() => void) | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly replyTo: string,
  ) {
    this.#control = bus.inbox();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: AnswerError): void {
    this.#controller.abort(reason);
    this.#wake?.();
  }

  /** @returns how it ended */
  async run(action: () => Promise<object>, log: Logger): Promise<'ok' | AnswerErrorKind> {
    const unlisten = this.bus.listen(this.#control, (message) => this.#hear(message));
    const progress = setInterval(() => this.#tick(log), PROGRESS_INTERVAL_MS);
    try {
      this.#post('accepted', {});
      this.#post('end', await action());
      return 'ok';
    } catch (error) {
      return this.#postError(error, log);
    } finally {
      clearInterval(progress);
      unlisten();
    }
  }

  async send(body: object, aheadMax = PARTS_AHEAD_MAX): Promise<void> {
    await this.#waitForTaken(aheadMax - 1);
    if (this.#untaken++ === 0) this.#takenAt = performance.now();
    this.#post('data', body);
  }

  async sendAndWait(body: object): Promise<void> {
    await this.send(body);
    await this.#waitForTaken(0);
  }

  /** Until no more than so many parts are left untaken. */
  async #waitForTaken(untakenMax: number): Promise<void> {
    while (this.#untaken > untakenMax && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.signal.throwIfAborted();
  }

  #hear({ payload, noResponders }: CoreMessage): void {
    // The server's word that nobody hears a part is as empty as the word that one was taken.
    if (noResponders || payload.length > 0) {
      const what = noResponders ? 'the asker is gone' : 'the question was canceled';
      this.abort(new AnswerError('canceled', what));
      return;
    }
    this.#untaken--;
    this.#takenAt = performance.now();
    this.#wake?.();
  }

  #tick(log: Logger): void {
    if (this.#untaken > 0 && performance.now() - this.#takenAt > UNTAKEN_MAX_MS) {
      this.abort(new AnswerError('canceled', 'nobody takes the answer'));
      return;
    }
    try {
      this.#post('progress', {});
    } catch (error) {
      log.warn({ err: error }, 'progress not sent');
      if (performance.now() - this.#postedAt > UNHEARD_MAX_MS) {
        this.abort(new AnswerError('canceled', 'NATS is away, and so is the asker by now'));
      }
    }
  }

  #postError(error: unknown, log: Logger): AnswerErrorKind {
    const span = activeSpan();
    if (span) failSpan(span, error);
    let body: AnswerError;
    if (error instanceof AnswerError) {
      body = error;
    } else {
      log.error({ err: error }, 'a question could not be answered');
      body = new AnswerError('internal', 'an error within the service; its log has the details');
    }
    try {
      this.#post('error', { error: body.kind, message: body.message, position: body.position });
    } catch (lost) {
      log.warn({ err: lost }, 'an answer was not sent');
    }
    return body.kind;
  }

  #post(kind: Frame['kind'], body: object): void {
    const payload = encodeFrame({ part: this.#part, kind, body });
    this.bus.send(this.replyTo, payload, this.#control);
    this.#postedAt = performance.now();
    // Only now: a part that can't be sent leaves no gap, in which the asker would see a loss instead of the error.
    this.#part++;
  }
}
