import { AnswerError } from '@overseer/shared';
import { parametersOf } from '@overseer/shared/access';
import { RequestError } from '../errors.ts';
import { parseDuration, parseTime } from './times.ts';

/** The longest form that a POST may send; an expression is at most some kilobytes. */
const FORM_BYTES_MAX = 1024 ** 2;
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** The parameters of a request: of its URL and, before them, of its form. */
export class Parameters {
  readonly #url: URLSearchParams;
  readonly #form: URLSearchParams;

  constructor(url: URLSearchParams, form = new URLSearchParams()) {
    this.#url = url;
    this.#form = form;
  }

  /** Reads the form of a POST. @throws AnswerError bad_data for another type, canceled; RequestError 413 */
  static async of(request: Request): Promise<Parameters> {
    const parameters = parametersOf(request);
    if (request.method !== 'POST') return new Parameters(parameters);
    return new Parameters(parameters, await readForm(request));
  }

  /** An empty one counts as absent. */
  text(name: string): string | undefined {
    return this.#form.get(name) || this.#url.get(name) || undefined;
  }

  required(name: string, example: string): string {
    const text = this.text(name);
    if (text !== undefined) return text;
    throw new AnswerError('bad_data', `${name} is missing; valid is such as ${example}`);
  }

  list(name: string): string[] {
    return [...this.#url.getAll(name), ...this.#form.getAll(name)].filter((text) => text !== '');
  }

  timeMs(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseTime(text, name);
  }

  durationMs(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseDuration(text, name);
  }

  /** A whole number from 1. */
  count(name: string, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (count >= 1 && count <= max) return count;
    throw new AnswerError(
      'bad_data',
      `${name} is "${text}"; valid is a whole number from 1 to ${max}`,
    );
  }

  /** The most that is wanted; undefined for no limit, which Prometheus writes as 0. */
  limit(): number | undefined {
    const text = this.text('limit');
    if (text === undefined) return undefined;
    const limit = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(limit)) return limit || undefined;
    throw new AnswerError(
      'bad_data',
      `limit is "${text}"; valid is a whole number, 0 for no limit`,
    );
  }
}

/**
 * The form that a POST sends.
 * @param bytesMax a longer one is refused
 * @throws AnswerError bad_data for another type; RequestError 413
 */
export async function readForm(
  request: Request,
  bytesMax = FORM_BYTES_MAX,
): Promise<URLSearchParams> {
  const text = await readText(request, bytesMax, 'form');
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';', 1);
  if (text !== '' && type.trim().toLowerCase() !== FORM_TYPE) {
    throw new AnswerError(
      'bad_data',
      `content-type is "${type}"; valid for parameters in a body is ${FORM_TYPE}`,
    );
  }
  return new URLSearchParams(text);
}

/**
 * The body of a request.
 * @param bytesMax a longer one is refused
 * @param what it is, for the message
 * @throws AnswerError canceled; RequestError 413
 */
export async function readText(request: Request, bytesMax: number, what: string): Promise<string> {
  const declaredBytes = Number(request.headers.get('content-length') ?? 0);
  if (declaredBytes > bytesMax) throw tooLarge(what, bytesMax);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    // Leaving the loop cancels the stream.
    for await (const chunk of request.body ?? []) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(what, bytesMax);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (!request.signal.aborted) throw cause;
    throw new AnswerError('canceled', `the client went away within its ${what}`, { cause });
  }
  return Buffer.concat(chunks).toString();
}

function tooLarge(what: string, bytesMax: number): RequestError {
  return new RequestError(413, `the ${what} is too large: the limit is ${bytesMax} bytes`);
}
