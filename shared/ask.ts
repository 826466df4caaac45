import { encode } from '@msgpack/msgpack';
import { AnswerError, type AnswerErrorKind, type TextPosition } from './answer-error.ts';
import { ANSWER_VERSION, decodeFrame, type Frame, PROGRESS_INTERVAL_MS } from './answer-frames.ts';
import type { Bus } from './bus.ts';
import type { MessageHeaders } from './message-headers.ts';
import {
  failSpan,
  messagingAttributes,
  type Span,
  SpanKind,
  startSpan,
  traceHeaders,
} from './tracing/mod.ts';

/** The asker's side of questions that are answered in parts: docs/contracts.md, "Answers in parts". */

/** An answerer that is silent for so long is gone: it would have sent progress. */
const SILENCE_MAX_MS = 5000;
const CANCEL = Uint8Array.of(0);
const TAKEN = new Uint8Array(0);

export interface AskOptions {
  /** Ends the question; the answerer is told. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks and gives the parts of the answer as they come; the result of the generator is the body of the answer's end. Bins in a
 * body are views on the message, not aligned.
 * @param request a MessagePack map; `v` is added
 * @throws AnswerError: what the answerer says, `unavailable` when nobody answers or a part is lost, `canceled` by the signal
 */
export async function* ask(
  bus: Bus,
  subject: string,
  request: object,
  { signal }: AskOptions = {},
): AsyncGenerator<unknown, unknown, void> {
  const question = new Question(bus, subject, request, signal);
  try {
    for (;;) {
      const frame = await question.next();
      if (frame.kind === 'end') return frame.body;
      if (frame.kind === 'data') {
        yield frame.body;
        question.take();
      }
    }
  } finally {
    question.close();
  }
}

export interface AskToEndOptions<Part> extends AskOptions {
  /** Gets each part of the answer, the next one when it is done. */
  readonly onPart?: ((part: Part) => void | Promise<void>) | undefined;
}

/**
 * Asks, and gives the body of the answer's end.
 * @throws AnswerError as `ask` does; what `onPart` throws, of which the answerer is told
 */
export async function askToEnd<End, Part = unknown>(
  bus: Bus,
  subject: string,
  request: object,
  { signal, onPart }: AskToEndOptions<Part> = {},
): Promise<End> {
  const answer = ask(bus, subject, request, { signal });
  try {
    for (;;) {
      const { done, value } = await answer.next();
      if (done) return value as End;
      await onPart?.(value as Part);
    }
  } finally {
    await answer.return(undefined);
  }
}

/** One question of the asker, from its first word to the end of the answer. */
class Question {
  readonly #frames: Frame[] = [];
  readonly #unlisten: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #signal: AbortSignal | undefined;
  /** From the question to the end of its answer, when the trace is recorded. */
  readonly #span: Span | undefined;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  /** Where the answerer hears that a part was taken. */
  #control: string | undefined;
  #partNext = 0;
  #heardAt = performance.now();
  /** Nothing more will come: it was not even asked, or the answer is over. */
  #isEnded = false;
  #isClosed = false;

  constructor(
    private readonly bus: Bus,
    private readonly subject: string,
    request: object,
    signal: AbortSignal | undefined,
  ) {
    const inbox = bus.inbox();
    this.#signal = signal;
    this.#span = startSpan(`request ${subject}`, {
      kind: SpanKind.CLIENT,
      attributes: messagingAttributes({ name: 'request', type: 'send', subject }),
    });
    this.#unlisten = bus.listen(inbox, (message) => {
      this.#control ??= message.replyTo;
      if (this.#isClosed) this.#leave();
      else if (message.noResponders) this.#fail(nobodyAnswers(subject), { isEnd: true });
      else this.#hear(message.payload);
    });
    this.#timer = setInterval(() => this.#checkSilence(), PROGRESS_INTERVAL_MS);
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted) {
      this.#isEnded = true;
      this.#onAbort();
    } else {
      this.#send(
        subject,
        encode({ v: ANSWER_VERSION, ...request }, { useBigInt64: true, ignoreUndefined: true }),
        inbox,
        this.#span && traceHeaders(this.#span),
      );
    }
  }

  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) return frame;
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  take(): void {
    if (this.#control && !this.#isEnded) this.#send(this.#control, TAKEN);
  }

  /** Tells the answerer, if he is at work. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#endSpan();
    if (this.#isEnded || this.#control) this.#leave();
    // His first part, which says where he hears, is still on its way.
    else setTimeout(this.#unlisten, SILENCE_MAX_MS).unref();
  }

  #leave(): void {
    this.#unlisten();
    if (!this.#isEnded && this.#control) this.#send(this.#control, CANCEL);
    this.#isEnded = true;
  }

  readonly #onAbort = () => {
    this.#fail(new AnswerError('canceled', 'the question was canceled'));
  };

  #endSpan(): void {
    if (!this.#span) return;
    this.#span.setAttribute('overseer.answer.parts', this.#partNext);
    if (this.#failure) failSpan(this.#span, this.#failure);
    this.#span.end();
  }

  #send(subject: string, payload: Uint8Array, replyTo?: string, headers?: MessageHeaders): void {
    try {
      this.bus.send(subject, payload, replyTo, headers);
    } catch (cause) {
      const failure = new AnswerError('unavailable', 'NATS is not connected', { cause });
      this.#fail(failure, { isEnd: true });
    }
  }

  #hear(payload: Uint8Array): void {
    this.#heardAt = performance.now();
    try {
      const frame = decodeFrame(payload);
      if (frame.part !== this.#partNext++) {
        throw new UnansweredError(`a part of the answer to ${this.subject} was lost`);
      }
      if (frame.kind === 'error') throw errorOfBody(frame.body);
      this.#isEnded = frame.kind === 'end';
      this.#frames.push(frame);
    } catch (error) {
      if (error instanceof AnswerError && error.kind !== 'unavailable') this.#isEnded = true;
      this.#fail(error as Error);
    }
    this.#wake?.();
  }

  #checkSilence(): void {
    if (this.#isEnded || performance.now() - this.#heardAt < SILENCE_MAX_MS) return;
    this.#fail(
      new UnansweredError(
        `${this.subject}: no sign of the answerer for ${SILENCE_MAX_MS / 1000} s`,
      ),
    );
  }

  #fail(error: Error, { isEnd = false } = {}): void {
    this.#isEnded ||= isEnd;
    this.#failure ??= error;
    this.#wake?.();
  }
}

/** Nobody answers, or an answer broke off: of the one who asks, who knows whom, and can say it to people. */
export class UnansweredError extends AnswerError {
  constructor(message: string) {
    super('unavailable', message);
  }
}

function nobodyAnswers(subject: string): AnswerError {
  return new UnansweredError(`nobody answers ${subject} at the moment`);
}

function errorOfBody(body: unknown): AnswerError {
  const { error, message, position } = body as {
    error: AnswerErrorKind;
    message: string;
    position?: TextPosition;
  };
  return new AnswerError(error, message, { position });
}
