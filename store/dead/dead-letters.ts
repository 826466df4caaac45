import {
  type Bus,
  type DeadLetter,
  type Logger,
  letterHeaders,
  letterSubject,
  RevisionError,
  StreamFullError,
} from '@overseer/shared';
import type { StoreMetrics } from '../metrics.ts';
import type { DeadBlock } from '../plan.ts';

/** Letters on their way to the stream: each is a disk sync there, which many at once share. */
const IN_FLIGHT_MAX = 32;
/** Makes the server refuse a letter that it has, however long ago it came: a window of message ids would forget it. */
const ONLY_ONCE = { 'Nats-Expected-Last-Subject-Sequence': '0' } as const;

/** There is no room for another letter; the partition waits until there is. */
export class DeadLettersFullError extends StreamFullError {
  override name = 'DeadLettersFullError';
}

interface DeadLettersParts {
  readonly bus: Bus;
  readonly metrics: StoreMetrics;
  readonly log: Logger;
  readonly partition: number;
}

/** Where one partition puts the blocks that can't be stored. */
export class DeadLetters {
  readonly #parts: DeadLettersParts;
  /**
   * Subjects of letters that arrived before one found no room. Tried again, they would take up the room that somebody makes by dropping
   * them, and the partition would wait for ever.
   */
  readonly #arrived = new Set<string>();

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;
  }

  /**
   * Puts blocks into the stream of dead letters and waits until they are there, in this order. Must come before the commit that passes
   * them: a crash between the two repeats a letter, which the stream refuses, instead of losing it.
   * @param stream `overseer-created` of POINTS, where the blocks came from
   * @throws DeadLettersFullError, BusUnavailableError: the partition then waits
   */
  async bury(stream: string, dead: readonly DeadBlock[]): Promise<void> {
    for (let start = 0; start < dead.length; start += IN_FLIGHT_MAX) {
      const some = dead.slice(start, start + IN_FLIGHT_MAX);
      const outcomes = await Promise.allSettled(some.map((block) => this.#send(stream, block)));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') throw this.#failure(outcome.reason);
      }
    }
    this.#arrived.clear();
    this.close();
  }

  /** Nothing of this partition waits for room any more. */
  close(): void {
    this.#parts.metrics.deadLetters.closed(this.#parts.partition);
  }

  async #send(stream: string, block: DeadBlock): Promise<void> {
    const { bus, metrics, log, partition } = this.#parts;
    const letter = letterOf(stream, block);
    const subject = letterSubject(partition, letter.kind, letter);
    if (this.#arrived.has(subject)) return;
    try {
      await bus.publish(subject, block.payload, { ...letterHeaders(letter), ...ONLY_ONCE });
    } catch (error) {
      // It is there: the transaction that passed it was not committed.
      if (!(error instanceof RevisionError)) throw error;
      this.#arrived.add(subject);
      return;
    }
    this.#arrived.add(subject);
    const { kind, error, sequence, tries } = letter;
    log.error({ kind, error, sequence, block: block.block, tries }, 'a block is a dead letter now');
    metrics.deadLetters.buried(kind);
  }

  #failure(cause: unknown): unknown {
    if (!(cause instanceof StreamFullError)) return cause;
    const { metrics, partition } = this.#parts;
    metrics.deadLetters.full(partition);
    return new DeadLettersFullError(
      'the stream of dead letters is full, so the partition waits and nothing is lost: look at them with "overseer dead list", ' +
        'replay or drop some, or raise DEAD_BYTES_MAX',
      { cause },
    );
  }
}

function letterOf(stream: string, block: DeadBlock): DeadLetter {
  const { kind, error, sequence, block: index, part, history } = block;
  const now = new Date().toISOString();
  return {
    ...{ kind, error, stream, sequence, block: index, part },
    tries: (history?.tries ?? 0) + 1,
    firstSeen: history?.firstSeen || now,
    lastSeen: now,
  };
}
