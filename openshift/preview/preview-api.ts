/** A preview as an agent and a person use it: through its addresses, with its tokens. */
import type { Addresses } from './addresses.ts';

const TIME_LIMIT_MS = 15_000;
const ANSWER_CHARACTERS_SHOWN = 300;

export interface Tokens {
  readonly write: string;
  readonly read: string;
}

/** A preview did not answer as it should; the message has the address, and what came instead. */
export class PreviewAnswerError extends Error {
  override name = 'PreviewAnswerError';
}

/** A value of an instant query. */
export interface InstantSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [timeS: number, value: string];
}

export class PreviewApi {
  constructor(
    private readonly addresses: Addresses,
    private readonly tokens: Tokens,
    private readonly signal: AbortSignal,
  ) {}

  /** Writes line protocol with timestamps in seconds. @throws PreviewAnswerError */
  async write(database: string, lines: readonly string[]): Promise<void> {
    const url = `${this.addresses.write}/write?db=${encodeURIComponent(database)}&precision=s`;
    await this.#fetch(url, {
      method: 'POST',
      headers: { authorization: `Token ${this.tokens.write}` },
      body: lines.join('\n'),
    });
  }

  /** @throws PreviewAnswerError */
  async query(database: string, expression: string): Promise<readonly InstantSample[]> {
    const path = `/db/${encodeURIComponent(database)}/api/v1/query`;
    const url = `${this.addresses.page}${path}?query=${encodeURIComponent(expression)}`;
    const text = await this.#fetch(url, {
      headers: { authorization: `Bearer ${this.tokens.read}` },
    });
    const answer = parse(text) as { data?: { result?: InstantSample[] } } | undefined;
    if (answer?.data?.result) return answer.data.result;
    throw new PreviewAnswerError(`${url} answered ${shorten(text)}, which is no answer to a query`);
  }

  /** Whether the page is there. @throws PreviewAnswerError */
  async page(): Promise<void> {
    const text = await this.#fetch(`${this.addresses.page}/`, {});
    if (/<html/i.test(text)) return;
    throw new PreviewAnswerError(
      `${this.addresses.page} answered ${shorten(text)}, which is no page`,
    );
  }

  async #fetch(url: string, request: RequestInit): Promise<string> {
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
    let text: string;
    let response: Response;
    try {
      // The preview may run a stranger's code, which is not to choose what this machine asks.
      response = await fetch(url, { ...request, signal, redirect: 'manual' });
      text = await response.text();
    } catch (cause) {
      throw new PreviewAnswerError(`${url} can't be reached: ${(cause as Error).message}`, {
        cause,
      });
    }
    if (response.ok) return text;
    throw new PreviewAnswerError(`${url} answered ${response.status}: ${shorten(text)}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What it is instead, the caller says.
    return undefined;
  }
}

function shorten(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length <= ANSWER_CHARACTERS_SHOWN
    ? line
    : `${line.slice(0, ANSWER_CHARACTERS_SHOWN)}…`;
}
