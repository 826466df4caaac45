import { CommandError } from '../commands/command.ts';
import { type Body, halve } from './body-cutter.ts';
import type { ImportTarget } from './journal.ts';

const REQUEST_TIMEOUT_MS = 60_000;
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5000;
/** Without any answer that takes points for so long, an import gives up; it can be resumed. */
const PATIENCE_MS = 10 * 60_000;
/** What an answer that nobody understands is quoted by. */
const QUOTED_LENGTH_MAX = 300;

/** A line that was refused, by its number in the whole text. */
export interface RefusedLine {
  readonly line: number;
  readonly message: string;
  readonly text: string;
}

export interface SendOutcome {
  readonly refused: number;
  /** The first ones: ingress lists a hundred of a body. */
  readonly lines: readonly RefusedLine[];
}

const TAKEN: SendOutcome = { refused: 0, lines: [] };

export interface BodySenderOptions {
  readonly target: ImportTarget;
  readonly token: string | undefined;
  /** Ends the requests under way. */
  readonly signal: AbortSignal;
  /** Called when ingress is away or full, and with undefined when it is there again. */
  readonly onWaiting: (reason: string | undefined) => void;
}

/** Sends bodies to ingress, each until it is acknowledged: then its points are on disk. */
export class BodySender {
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(private readonly options: BodySenderOptions) {
    const { url, database, precision } = options.target;
    const query = new URLSearchParams({ db: database, precision, accept_partial: 'true' });
    this.#url = `${url.replace(/\/$/, '')}/api/v3/write_lp?${query}`;
    this.#headers = {
      'content-type': 'text/plain; charset=utf-8',
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
    };
  }

  /** @throws CommandError when ingress refuses for good, or was away for too long */
  async send(body: Body): Promise<SendOutcome> {
    const { signal, onWaiting } = this.options;
    const startedAt = performance.now();
    let retryMs = RETRY_FIRST_MS;
    for (;;) {
      const answer = await this.#post(body);
      if (answer.kind === 'taken') {
        if (retryMs > RETRY_FIRST_MS) onWaiting(undefined);
        return answer.outcome;
      }
      if (answer.kind === 'too-large') return await this.#sendHalves(body, answer.reason);
      if (performance.now() - startedAt > PATIENCE_MS) {
        throw new CommandError(
          `Ingress has taken nothing for ${PATIENCE_MS / 60_000} minutes: ${answer.reason}. Run the command again later: it goes on where it stopped.`,
        );
      }
      onWaiting(answer.reason);
      await pause(answer.retryAfterMs ?? retryMs, signal);
      retryMs = Math.min(2 * retryMs, RETRY_MAX_MS);
    }
  }

  /** One after the other: order holds. */
  async #sendHalves(body: Body, reason: string): Promise<SendOutcome> {
    const halves = halve(body);
    if (!halves) throw new CommandError(`Line ${body.start.line} is too long: ${reason}.`);
    const first = await this.send(halves[0]);
    const second = await this.send(halves[1]);
    return {
      refused: first.refused + second.refused,
      lines: [...first.lines, ...second.lines],
    };
  }

  async #post(body: Body): Promise<Answer> {
    const { signal, target } = this.options;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body: body.bytes,
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      const text = await response.text();
      return answerOf(response, text, body);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CommandError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'away', reason: `${target.url} does not answer (${reason})` };
    }
  }
}

type Answer =
  | { readonly kind: 'taken'; readonly outcome: SendOutcome }
  | { readonly kind: 'too-large'; readonly reason: string }
  | { readonly kind: 'away'; readonly reason: string; readonly retryAfterMs?: number };

const TOO_LARGE = 413;
const BAD_REQUEST = 400;

/** @throws CommandError for a refusal that waiting does not mend */
function answerOf(response: Response, text: string, body: Body): Answer {
  const { status } = response;
  if (response.ok) return { kind: 'taken', outcome: TAKEN };
  const answer = parseAnswer(text);
  if (status === BAD_REQUEST && answer.data) {
    const lines = answer.data.map(({ line_number, error_message, original_line }) => ({
      line: body.start.line + line_number - 1,
      message: error_message,
      text: original_line,
    }));
    return { kind: 'taken', outcome: { refused: answer.dropped ?? lines.length, lines } };
  }
  const reason = `${status} ${answer.error ?? text.slice(0, QUOTED_LENGTH_MAX)}`;
  if (status === TOO_LARGE) return { kind: 'too-large', reason };
  if (status >= 500 || status === 429) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      kind: 'away',
      reason,
      ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }),
    };
  }
  if (status === 401 || status === 403) {
    throw new CommandError(
      `Ingress refuses: ${reason}. Give a token that may write there in OVERSEER_TOKEN or with --token-file.`,
    );
  }
  throw new CommandError(`Ingress refuses: ${reason}.`);
}

interface RejectionBody {
  readonly error?: string;
  readonly dropped?: number;
  readonly data?: readonly {
    readonly line_number: number;
    readonly error_message: string;
    readonly original_line: string;
  }[];
}

/** Whatever stands in between may answer in other words than JSON. */
function parseAnswer(text: string): RejectionBody {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, durationMs);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  signal.throwIfAborted();
}
