import { AnswerError, type Labels, type QueryPart } from '@overseer/shared';

/** What an object costs beside the text and numbers in it, roughly. */
const OBJECT_BYTES = 64;

/** The memory of all answers that are being collected and sent. */
export class AnswerMemory {
  #bytes = 0;

  /** @param onRefused told when an answer finds no room */
  constructor(
    readonly bytesMax: number,
    private readonly onRefused: () => void,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  lease(): AnswerLease {
    return new AnswerLease(this);
  }

  /** @throws AnswerError limit: the answer alone is too large; unavailable: the others are in its way */
  take(bytes: number, ofAnswer: number): void {
    if (ofAnswer > this.bytesMax) {
      this.onRefused();
      throw new AnswerError(
        'limit',
        `the answer is larger than ANSWERS_BYTES_MAX, ${this.bytesMax} bytes; ask for fewer series or a larger step`,
      );
    }
    if (this.#bytes + bytes > this.bytesMax) {
      this.onRefused();
      throw new AnswerError(
        'unavailable',
        `the answers under way take ANSWERS_BYTES_MAX, ${this.bytesMax} bytes, already; ask again`,
      );
    }
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** The part of one answer, until it is sent. */
export class AnswerLease {
  #bytes = 0;
  readonly #onRelease: (() => void)[] = [];

  constructor(private readonly memory: AnswerMemory) {}

  /** Counts a part that has arrived. @throws AnswerError limit, unavailable */
  grow(bytes: number): void {
    this.memory.take(bytes, this.#bytes + bytes);
    this.#bytes += bytes;
  }

  /** Calls back when it is released: of an answer that several requests send, each has a lease besides. */
  onRelease(callback: () => void): void {
    this.#onRelease.push(callback);
  }

  /** Calling it again does nothing. */
  release(): void {
    this.memory.give(this.#bytes);
    this.#bytes = 0;
    for (const callback of this.#onRelease.splice(0)) callback();
  }
}

/** What a part takes in memory, roughly. */
export function partBytes(part: QueryPart): number {
  switch (part.kind) {
    case 'matrix':
      return sum(part.series, ({ labels, values, present }) => {
        return labelsBytes(labels) + values.length + (present?.length ?? 0);
      });
    case 'samples':
      return sum(part.series, ({ labels, times, values }) => {
        return labelsBytes(labels) + times.length + values.length;
      });
    case 'vector':
      return sum(part.series, ({ labels }) => labelsBytes(labels) + OBJECT_BYTES);
    case 'labelSets':
      return sum(part.series, labelsBytes);
    case 'list':
      return sum(part.values, (value) => value.length + OBJECT_BYTES);
    case 'measurement':
      return (
        sum(part.tags ?? [], ({ key }) => key.length + OBJECT_BYTES) +
        sum(part.values ?? [], ({ key, value }) => key.length + value.length + OBJECT_BYTES) +
        sum(part.busiest ?? [], ({ labels }) => labelsBytes(labels) + OBJECT_BYTES)
      );
    case 'cardinality':
      return sum(part.items ?? [], ({ name }) => name.length + OBJECT_BYTES);
    case 'string':
      return part.value.length;
    case 'scalar':
    case 'snapshot':
      return OBJECT_BYTES;
  }
}

function labelsBytes(labels: Labels): number {
  return sum(Object.entries(labels), ([name, value]) => name.length + value.length + OBJECT_BYTES);
}

function sum<T>(items: readonly T[], measure: (item: T) => number): number {
  return items.reduce((total, item) => total + measure(item), OBJECT_BYTES);
}
