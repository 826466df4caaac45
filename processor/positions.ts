import type { StoredEvent } from '@overseer/shared';

/** Everything that happened on a partition up to `sequence` of the POINTS stream created at `stream` is known. */
export interface Position {
  readonly partition: number;
  readonly stream: string;
  readonly sequence: number;
  /** Number of the last transaction that is known; undefined: an older store did not tell it. */
  readonly commits?: number | undefined;
}

/** What an event is to what is known: the next step, in the snapshot that the chain began with, told before, or a sign that others were lost. */
export type Step = 'next' | 'covered' | 'repeated' | 'gap';

/** How far a snapshot reaches, for each partition. */
export class Coverage {
  readonly #byPartition: ReadonlyMap<number, Position>;

  constructor(positions: readonly Position[]) {
    this.#byPartition = new Map(positions.map((position) => [position.partition, position]));
  }

  /** Whether a snapshot has what an event tells. */
  has({ partition, stream, to, commit }: StoredEvent): boolean {
    const covered = this.#byPartition.get(partition);
    if (covered === undefined) return false;
    if (commit !== undefined && covered.commits !== undefined) return commit <= covered.commits;
    return stream === covered.stream && to <= covered.sequence;
  }
}

/**
 * How far the chain of stored events reaches, for each partition. Each event has to go on both where the last one ended and with the next
 * number: some move no position, and a stream that lost its end has positions a second time.
 */
export class Positions {
  readonly #byPartition = new Map<number, Position>();
  readonly #start: Coverage;

  /** @param start what a snapshot covers */
  constructor(start: readonly Position[]) {
    for (const position of start) this.#byPartition.set(position.partition, position);
    this.#start = new Coverage(start);
  }

  /** Takes the step of an event; a gap moves nothing. */
  advance(event: StoredEvent): Step {
    const { partition, stream, from, to, commit } = event;
    const known = this.#byPartition.get(partition);
    // Where nothing happened yet, any stream can begin.
    const isFresh = known === undefined || known.sequence === 0;
    if (!isFresh && known.stream !== stream) return 'gap';
    const reached = isFresh ? 0 : known.sequence;
    const commits = known ? known.commits : 0;
    const isNumbered = commit !== undefined && commits !== undefined;
    if (to <= reached && (isNumbered ? commit <= commits : from < to)) {
      return this.#start.has(event) ? 'covered' : 'repeated';
    }
    if (from !== reached || (isNumbered && commit !== commits + 1)) return 'gap';
    // An older store counts no transactions.
    this.#byPartition.set(partition, {
      partition,
      stream,
      sequence: to,
      commits: commit ?? commits,
    });
    return 'next';
  }

  /** Whether there is a partition of which more happened than is known. */
  isBehind(others: readonly Position[]): boolean {
    return others.some(({ partition, stream, sequence, commits = 0 }) => {
      if (sequence === 0) return false;
      const known = this.#byPartition.get(partition);
      if (known?.stream !== stream || known.sequence < sequence) return true;
      return known.commits !== undefined && known.commits < commits;
    });
  }
}
