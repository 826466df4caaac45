import type { StoredEvent } from '@overseer/shared';

/** Everything that happened on a partition up to `sequence` of the POINTS stream created at `stream` is known. */
export interface Position {
  readonly partition: number;
  readonly stream: string;
  readonly sequence: number;
}

/** What an event is to what is known: the next step, something told before, or a sign that others were lost. */
export type Step = 'next' | 'repeated' | 'gap';

/** How far the chain of stored events reaches, for each partition. */
export class Positions {
  readonly #byPartition = new Map<number, Position>();

  /** @param start what a snapshot covers */
  constructor(start: readonly Position[]) {
    for (const position of start) this.#byPartition.set(position.partition, position);
  }

  /** Takes the step of an event; a gap moves nothing. */
  advance({ partition, stream, from, to }: StoredEvent): Step {
    const known = this.#byPartition.get(partition);
    // Where nothing happened yet, any stream can begin.
    const isFresh = known === undefined || known.sequence === 0;
    if (!isFresh && known.stream !== stream) return 'gap';
    const reached = isFresh ? 0 : known.sequence;
    // What moves nothing is more of what is known: rows that the store had put off.
    if (from === to && to === reached) return 'next';
    if (to <= reached) return 'repeated';
    if (from !== reached) return 'gap';
    this.#byPartition.set(partition, { partition, stream, sequence: to });
    return 'next';
  }

  /** Whether there is a partition of which more happened than is known. */
  isBehind(others: readonly Position[]): boolean {
    return others.some(({ partition, stream, sequence }) => {
      const known = this.#byPartition.get(partition);
      return sequence > 0 && !(known?.stream === stream && known.sequence >= sequence);
    });
  }
}
