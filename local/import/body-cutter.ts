import { CommandError } from '../commands/command.ts';
import { findCut, STATEMENT_BYTES_MAX } from './statement-end.ts';

const NEWLINE = 0x0a;

/** Where something is in a text: bytes before it, and the number of its line, from 1. */
export interface TextPosition {
  readonly offset: number;
  readonly line: number;
}

/** Whole statements, as one request takes them. */
export interface Body {
  readonly bytes: Buffer;
  readonly start: TextPosition;
  readonly end: TextPosition;
}

/** Cuts line protocol into bodies at the ends of statements. It holds one body and what came with its end. */
export class BodyCutter {
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Cutting is worth a try with so many. */
  #wantedBytes: number;

  /** @param bodyBytes what a body should have at the most; a statement that has more is a body alone */
  constructor(
    private readonly bodyBytes: number,
    private position: TextPosition = { offset: 0, line: 1 },
  ) {
    this.#wantedBytes = bodyBytes;
  }

  /** @throws CommandError for a statement that no ingress would take */
  *push(chunk: Uint8Array): Generator<Body> {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes >= this.#wantedBytes) yield* this.#cut(false);
  }

  *end(): Generator<Body> {
    yield* this.#cut(true);
  }

  *#cut(isAll: boolean): Generator<Body> {
    let rest = Buffer.concat(this.#pending);
    this.#wantedBytes = this.bodyBytes;
    while (rest.length > 0 && (isAll || rest.length >= this.bodyBytes)) {
      const length = findCut(rest, this.bodyBytes, isAll);
      if (length === 0) {
        this.#checkLength(rest.length);
        this.#wantedBytes = 2 * rest.length;
        break;
      }
      yield this.#body(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this.#pending = rest.length > 0 ? [rest] : [];
    this.#pendingBytes = rest.length;
  }

  #body(bytes: Buffer): Body {
    const start = this.position;
    const end = {
      offset: start.offset + bytes.length,
      line: start.line + countNewlines(bytes),
    };
    this.position = end;
    return { bytes, start, end };
  }

  #checkLength(bytes: number): void {
    if (bytes <= STATEMENT_BYTES_MAX) return;
    throw new CommandError(
      `Line ${this.position.line} does not end within ${STATEMENT_BYTES_MAX} bytes: this is no line protocol.`,
    );
  }
}

/** The body in two, cut at the end of a statement; undefined when it has only one. */
export function halve({ bytes, start, end }: Body): readonly [Body, Body] | undefined {
  const length = findCut(bytes, Math.ceil(bytes.length / 2), true);
  if (length === 0 || length >= bytes.length) return undefined;
  const first = bytes.subarray(0, length);
  const middle = { offset: start.offset + length, line: start.line + countNewlines(first) };
  return [
    { bytes: first, start, end: middle },
    { bytes: bytes.subarray(length), start: middle, end },
  ];
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === NEWLINE) count++;
  return count;
}
