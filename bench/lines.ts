import { type CpuOnlyWalk, FIELDS, MEASUREMENT } from './tsbs.ts';

/** Upper bound of one line of any load: tags under 200 bytes, fields under 280, the time 20. */
export const LINE_BYTES_MAX = 512;

/** The lines of a load, in the order in which they come about. */
export interface LineSource {
  /** Whoever writes lines of their own, in order and each to one sender: hosts. */
  readonly hosts: number;
  /** Host of the current line, 0 to hosts − 1. */
  readonly host: number;
  /**
   * Writes the current line, newline included, and moves on.
   * @param target has LINE_BYTES_MAX left at `start`.
   * @returns where the line ends.
   */
  writeLine(target: Uint8Array, start: number): number;
}

const NEWLINE = 10;

/**
 * Writes the points of a walk as line protocol, the way TSBS' Influx serializer does: tags in the
 * order they were drawn, integers with the suffix `i`, decimals in their shortest form, ns
 * timestamps.
 */
export class LineWriter implements LineSource {
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

  get hosts(): number {
    return this.#walk.tagsByHost.length;
  }

  get host(): number {
    return this.#walk.host;
  }

  writeLine(target: Uint8Array, start: number): number {
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
    this.#walk.advance();
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
 * Makes bodies of a load's lines, each of at most `bodyBytesMax` bytes, in a queue for each of the
 * senders. A host belongs to one sender, as it does to one agent: sent one body after the other,
 * its lines arrive in order, however many senders there are.
 */
export class BodyMaker {
  readonly #source: LineSource;
  readonly #queues: readonly BodyQueue[];
  readonly #hostsPerSender: number;

  constructor(source: LineSource, bodyBytesMax: number, senders: number) {
    if (bodyBytesMax < LINE_BYTES_MAX)
      throw new RangeError(`a body must hold a line, ${LINE_BYTES_MAX} bytes, got ${bodyBytesMax}`);
    this.#source = source;
    this.#queues = Array.from({ length: senders }, () => new BodyQueue(bodyBytesMax));
    this.#hostsPerSender = Math.ceil(source.hosts / senders);
  }

  /** Makes the bodies of the next `lines` lines: a queue for each sender, whose bodies own their memory. */
  make(lines: number): Body[][] {
    for (let line = 0; line < lines; line++)
      (this.#queues[Math.floor(this.#source.host / this.#hostsPerSender)] as BodyQueue).append(
        this.#source,
      );
    return this.#queues.map((queue) => queue.finish());
  }
}

/** Bodies of one sender, the last of them still growing. */
class BodyQueue {
  #finished: Body[] = [];
  readonly #growing: Uint8Array;
  #bytes = 0;
  #lines = 0;

  constructor(bodyBytesMax: number) {
    this.#growing = new Uint8Array(bodyBytesMax);
  }

  append(source: LineSource): void {
    if (this.#bytes + LINE_BYTES_MAX > this.#growing.length) this.#cut();
    this.#bytes = source.writeLine(this.#growing, this.#bytes);
    this.#lines++;
  }

  /** Gives what was appended since the last time. */
  finish(): Body[] {
    if (this.#lines > 0) this.#cut();
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  #cut(): void {
    this.#finished.push({ bytes: this.#growing.slice(0, this.#bytes), lines: this.#lines });
    this.#bytes = 0;
    this.#lines = 0;
  }
}
