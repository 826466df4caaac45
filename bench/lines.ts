import { type CpuOnlyWalk, FIELDS, MEASUREMENT } from './tsbs.ts';

/**
 * Upper bound of one written line: the longest tags are under 200 bytes, ten fields under 260, the
 * time 20.
 */
export const LINE_BYTES_MAX = 512;

const NEWLINE = 10;

/**
 * Writes the points of a walk as line protocol, the way TSBS' Influx serializer does: tags in the
 * order they were drawn, integers with the suffix `i`, decimals in their shortest form, ns
 * timestamps.
 */
export class LineWriter {
  readonly #walk: CpuOnlyWalk;
  readonly #heads: readonly Uint8Array[];
  /**
   * For each field the bytes `,name=`, the comma of the first being the space that ends the tags.
   */
  readonly #names: readonly Uint8Array[];
  /** Text of every value that a walk can take, by value. */
  readonly #texts: readonly Uint8Array[];
  #time: Uint8Array = new Uint8Array(0);
  #timeNs: bigint | undefined;

  constructor(walk: CpuOnlyWalk) {
    this.#walk = walk;
    const encoder = new TextEncoder();
    this.#heads = walk.tagsByHost.map((tags) => encoder.encode(`${MEASUREMENT},${tags}`));
    this.#names = FIELDS.map((name, index) => encoder.encode(`${index === 0 ? ' ' : ','}${name}=`));
    this.#texts =
      walk.values === 'integers'
        ? Array.from({ length: 101 }, (_, value) => encoder.encode(`${value}i`))
        : Array.from({ length: 10_001 }, (_, hundredths) =>
            encoder.encode(String(hundredths / 100)),
          );
  }

  /**
   * Fills `target` with whole lines, each ending in a newline, and moves the walk on.
   * @returns how many lines and bytes were written; no line is started with less than
   *   LINE_BYTES_MAX left.
   */
  write(target: Uint8Array, linesMax: number): { lines: number; bytes: number } {
    let at = 0;
    let lines = 0;
    for (; lines < linesMax && at + LINE_BYTES_MAX <= target.length; lines++) {
      at = this.#writeLine(target, at);
      this.#walk.advance();
    }
    return { lines, bytes: at };
  }

  #writeLine(target: Uint8Array, start: number): number {
    let at = append(target, start, this.#heads[this.#walk.host] as Uint8Array);
    for (let field = 0; field < FIELDS.length; field++) {
      at = append(target, at, this.#names[field] as Uint8Array);
      at = append(target, at, this.#texts[this.#walk.value(field)] as Uint8Array);
    }
    if (this.#timeNs !== this.#walk.timeNs) {
      this.#timeNs = this.#walk.timeNs;
      this.#time = new TextEncoder().encode(` ${this.#timeNs}`);
    }
    at = append(target, at, this.#time);
    target[at] = NEWLINE;
    return at + 1;
  }
}

function append(target: Uint8Array, at: number, bytes: Uint8Array): number {
  for (let index = 0; index < bytes.length; index++) target[at + index] = bytes[index] as number;
  return at + bytes.length;
}

/** One HTTP body of lines. */
export interface Body {
  bytes: Uint8Array;
  lines: number;
}

/**
 * Makes the bodies of `lines` lines, each of at most `bodyBytesMax` bytes.
 * @returns the bodies, which own their memory.
 */
export function makeBodies(walk: CpuOnlyWalk, lines: number, bodyBytesMax: number): Body[] {
  if (bodyBytesMax < LINE_BYTES_MAX)
    throw new RangeError(
      `a body must have room for one line, ${LINE_BYTES_MAX} bytes, got ${bodyBytesMax}`,
    );
  const writer = new LineWriter(walk);
  const scratch = new Uint8Array(bodyBytesMax);
  const bodies: Body[] = [];
  for (let left = lines; left > 0; ) {
    const written = writer.write(scratch, left);
    bodies.push({ bytes: scratch.slice(0, written.bytes), lines: written.lines });
    left -= written.lines;
  }
  return bodies;
}
