import { decode, encode } from '@msgpack/msgpack';
import type { Bus } from './bus.ts';
import type { Logger } from './log.ts';
import { MessageError } from './messages.ts';

/**
 * Questions that are answered in parts: docs/contracts.md, "Answers in parts". `ask` is the asker's side, `serveAnswers` the
 * other. Who asks takes one part after another; the answerer is never more than a few parts ahead, and stops when nobody takes.
 */

/** What went wrong, for a program: the same words in every service. */
export type AnswerErrorKind =
  /** The question can't be understood: an expression that does not parse, a parameter out of range. */
  | 'bad_data'
  /** Understood, and not yet supported. */
  | 'unsupported'
  /** Understood, but these data have no answer: such as two series with identical labels. */
  | 'execution'
  /** Larger than a limit; the message names it. */
  | 'limit'
  | 'timeout'
  | 'canceled'
  /** Nobody answers, or an answer broke off: ask again. */
  | 'unavailable'
  /** A bug of the answerer; its log has the details. */
  | 'internal';

/** Where in an expression; line and column from 1, offset from 0, all in characters (UTF-16 units). */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export class AnswerError extends Error {
  override name = 'AnswerError';

  constructor(
    readonly kind: AnswerErrorKind,
    message: string,
    options: { readonly position?: TextPosition | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.position = options.position;
  }

  readonly position: TextPosition | undefined;
}

const VERSION = 1;
/** Parts sent and not yet taken. */
const PARTS_AHEAD_MAX = 8;
/** An answerer that is silent for so long is gone: it would have sent progress. */
const SILENCE_MAX_MS = 5000;
const PROGRESS_INTERVAL_MS = 1000;
/** Who takes no part for so long is gone. */
const UNTAKEN_MAX_MS = 10_000;
const CANCEL = Uint8Array.of(0);
const TAKEN = new Uint8Array(0);

type FrameKind = 'accepted' | 'progress' | 'data' | 'end' | 'error';

interface Frame {
  readonly part: number;
  readonly kind: FrameKind;
  readonly body: unknown;
}

function encodeFrame({ part, kind, body }: Frame): Uint8Array {
  return encode([VERSION, part, kind, body], { useBigInt64: true, ignoreUndefined: true });
}

function decodeFrame(bytes: Uint8Array): Frame {
  const [version, part, kind, body] = decodeMessage(bytes, 'part of an answer') as unknown[];
  if (version !== VERSION) {
    throw new MessageError(`part of an answer: version ${String(version)} is not ${VERSION}`);
  }
  return { part: Number(part), kind: kind as FrameKind, body };
}

/** 64-bit integers come as bigint, smaller ones as number. */
function decodeMessage(bytes: Uint8Array, what: string): unknown {
  try {
    return decode(bytes, { useBigInt64: true });
  } catch (cause) {
    throw new MessageError(`${what}: not MessagePack`, { cause });
  }
}

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

/** One question of the asker, from its first word to the end of the answer. */
class Question {
  readonly #frames: Frame[] = [];
  readonly #unlisten: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #signal: AbortSignal | undefined;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  /** Where the answerer hears that a part was taken. */
  #control: string | undefined;
  #partNext = 0;
  #heardAt = performance.now();
  #isEnded = false;

  constructor(
    private readonly bus: Bus,
    private readonly subject: string,
    request: object,
    signal: AbortSignal | undefined,
  ) {
    const inbox = bus.inbox();
    this.#signal = signal;
    this.#unlisten = bus.listen(inbox, (message) => {
      if (message.noResponders) {
        this.#fail(new AnswerError('unavailable', `nobody answers ${subject} at the moment`));
        return;
      }
      this.#control ??= message.replyTo;
      this.#hear(message.payload);
    });
    this.#timer = setInterval(() => this.#checkSilence(), PROGRESS_INTERVAL_MS);
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted) this.#onAbort();
    else this.#send(subject, encode({ v: VERSION, ...request }, { ignoreUndefined: true }), inbox);
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

  close(): void {
    clearInterval(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (!this.#isEnded && this.#control) this.#send(this.#control, CANCEL);
    this.#unlisten();
  }

  readonly #onAbort = () => {
    this.#fail(new AnswerError('canceled', 'the question was canceled'));
  };

  #send(subject: string, payload: Uint8Array, replyTo?: string): void {
    try {
      this.bus.send(subject, payload, replyTo);
    } catch (cause) {
      this.#fail(new AnswerError('unavailable', 'NATS is not connected', { cause }));
    }
  }

  #hear(payload: Uint8Array): void {
    this.#heardAt = performance.now();
    try {
      const frame = decodeFrame(payload);
      if (frame.part !== this.#partNext++) {
        throw new AnswerError('unavailable', `a part of the answer to ${this.subject} was lost`);
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
      new AnswerError(
        'unavailable',
        `${this.subject}: no sign of the answerer for ${SILENCE_MAX_MS / 1000} s`,
      ),
    );
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}

function errorOfBody(body: unknown): AnswerError {
  const { error, message, position } = body as {
    error: AnswerErrorKind;
    message: string;
    position?: TextPosition;
  };
  return new AnswerError(error, message, { position });
}

/** What a handler sends its answer with. */
export interface AnswerWriter {
  /** Aborted when the asker cancels or is gone, with the AnswerError that says so as its reason. */
  readonly signal: AbortSignal;
  /**
   * Sends one part; waits while the asker has too many before it. The encoded body must be smaller than the server's max_payload:
   * ANSWER_PART_BYTES is what to aim for. The body may be changed afterwards.
   * @throws AnswerError canceled
   */
  send(body: object): Promise<void>;
}

/** What one part should be, encoded, at the most. */
export const ANSWER_PART_BYTES = 256 * 1024;

/** Answers one question; the result is the body of the end. AnswerErrors are told to the asker, others are logged as bugs. */
export type AnswerHandler = (
  request: Readonly<Record<string, unknown>>,
  answer: AnswerWriter,
  subject: string,
) => Promise<object>;

/**
 * Answers questions on a subject, those of one queue by turns; the result ends that and aborts the answers under way.
 * @param openMax answers under way at once; further questions are refused as `limit`
 */
export function serveAnswers(
  bus: Bus,
  subject: string,
  options: { readonly queue: string; readonly openMax: number; readonly log: Logger },
  handler: AnswerHandler,
): () => void {
  const open = new Set<Answer>();
  const unlisten = bus.listen(
    subject,
    ({ payload, replyTo, subject: asked }) => {
      if (!replyTo) return;
      const answer = new Answer(bus, replyTo);
      open.add(answer);
      const isTooMany = open.size > options.openMax;
      void answer
        .run(async () => {
          if (isTooMany) {
            throw new AnswerError(
              'limit',
              `${options.openMax} questions are being answered already`,
            );
          }
          return await handler(requestOf(payload), answer, asked);
        }, options.log)
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

function requestOf(payload: Uint8Array): Readonly<Record<string, unknown>> {
  const request = decodeMessage(payload, 'request');
  if (typeof request !== 'object' || request === null || !('v' in request)) {
    throw new AnswerError('bad_data', 'a request is a map with its version v');
  }
  if (request.v !== VERSION) {
    throw new AnswerError('bad_data', `version ${String(request.v)} of requests is not ${VERSION}`);
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

  async run(action: () => Promise<object>, log: Logger): Promise<void> {
    const unlisten = this.bus.listen(this.#control, ({ payload }) => this.#hear(payload));
    const progress = setInterval(() => this.#tick(log), PROGRESS_INTERVAL_MS);
    try {
      this.#post('accepted', {});
      this.#post('end', await action());
    } catch (error) {
      this.#postError(error, log);
    } finally {
      clearInterval(progress);
      unlisten();
    }
  }

  async send(body: object): Promise<void> {
    while (this.#untaken >= PARTS_AHEAD_MAX && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.signal.throwIfAborted();
    if (this.#untaken++ === 0) this.#takenAt = performance.now();
    this.#post('data', body);
  }

  #hear(payload: Uint8Array): void {
    if (payload.length > 0) {
      this.abort(new AnswerError('canceled', 'the question was canceled'));
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
    }
  }

  #postError(error: unknown, log: Logger): void {
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
  }

  #post(kind: FrameKind, body: object): void {
    const payload = encodeFrame({ part: this.#part++, kind, body });
    this.bus.send(this.replyTo, payload, this.#control);
  }
}
