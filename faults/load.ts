import { Random } from '@overseer/bench/random';
import { waitUntil } from '@overseer/local/testing';
import type { Expectation } from './check.ts';
import { Sender, type SenderCounts } from './sender.ts';
import { Series } from './workload.ts';

const DATABASES = ['faults', 'Faults "2"'] as const;
const MEASUREMENTS = ['cpu', 'disk io', 'µ'] as const;
/** After a fault every sender must get an acknowledgement within this. */
const RECOVERY_DEADLINE_MS = 60_000;
const LAST_BODY_DEADLINE_MS = 60_000;
/** Times start this long before now, so that those of a long run don't lie in the future. */
const HISTORY_NS = 2n * 86_400_000_000_000n;

export interface LoadOptions {
  seed: number;
  senders: number;
  seriesPerSender: number;
  /** The longest time between an acknowledgement and the sender's next body. */
  pauseMsMax: number;
}

/** How many points of every series of every sender were acknowledged at one moment. */
export type Mark = readonly (readonly number[])[];

/** All senders of a run. */
export class Load {
  readonly #senders: readonly Sender[];
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  /** Settles when every sender has stopped; rejects when one has failed. */
  readonly sending: Promise<unknown>;

  /** Starts sending. */
  constructor(ingressUrl: string, options: LoadOptions) {
    this.#senders = makeSenders(options);
    this.sending = Promise.all(
      this.#senders.map((sender) => sender.run(ingressUrl, this.#stop.signal, this.#giveUp.signal)),
    );
    // Whoever waits for it learns of the error.
    this.sending.catch(() => undefined);
  }

  get counts(): SenderCounts {
    const total: SenderCounts = { bodies: 0, lines: 0, unavailable: 0, unanswered: 0 };
    for (const { counts } of this.#senders)
      for (const name of Object.keys(total) as (keyof SenderCounts)[]) total[name] += counts[name];
    return total;
  }

  get expectations(): Expectation[] {
    return this.#senders.flatMap(({ expectations }) => expectations);
  }

  get mark(): Mark {
    return this.#senders.map(({ acknowledged }) => [...acknowledged]);
  }

  /** Says that what was acknowledged since then is gone: the harm that a fault is about, not a failure. */
  take(since: Mark): void {
    for (const [index, sender] of this.#senders.entries()) sender.take(since[index] ?? []);
  }

  /** The same, of everything that was acknowledged so far of some series. */
  takeAll(isTaken: (series: Series) => boolean): void {
    this.take(
      this.#senders.map(({ series, acknowledged }) =>
        series.map((one, index) => (isTaken(one) ? 0 : (acknowledged[index] ?? 0))),
      ),
    );
  }

  /** The longest that a body took, retries included, until it was acknowledged; since the last call. */
  takeLongestBodyMs(): number {
    const longest = Math.max(...this.#senders.map(({ longestBodyMs }) => longestBodyMs));
    for (const sender of this.#senders) sender.longestBodyMs = 0;
    return longest;
  }

  /** Does something while nothing is sent and everything that was sent is acknowledged. */
  async quiet<T>(action: () => Promise<T>): Promise<T> {
    try {
      await this.#whileSending(Promise.all(this.#senders.map((sender) => sender.hold())));
      return await action();
    } finally {
      for (const sender of this.#senders) sender.release();
    }
  }

  /** Waits until every sender has had an acknowledgement from now on. */
  async waitUntilAllSend(): Promise<void> {
    const before = this.#senders.map(({ counts }) => counts.bodies);
    const allSend = waitUntil(
      () => this.#senders.every(({ counts }, index) => counts.bodies > (before[index] ?? 0)),
      {
        what: 'every sender to get an acknowledgement after the fault',
        deadlineMs: RECOVERY_DEADLINE_MS,
      },
    );
    await this.#whileSending(allSend);
  }

  /** Ends with every body acknowledged. @throws when a sender failed, or a body is not acknowledged in time */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const sender of this.#senders) sender.release();
    const reason = new Error(
      `a body was not acknowledged ${LAST_BODY_DEADLINE_MS / 1000} s after the last fault`,
    );
    const timer = setTimeout(() => this.#giveUp.abort(reason), LAST_BODY_DEADLINE_MS);
    await this.sending.finally(() => clearTimeout(timer));
  }

  /** A sender only ends before it is told to when it fails, and then nothing else needs to be waited for. */
  async #whileSending<T>(waiting: Promise<T>): Promise<T> {
    return await Promise.race([waiting, this.sending.then(() => waiting)]);
  }
}

function makeSenders({ seed, senders, seriesPerSender, pauseMsMax }: LoadOptions): Sender[] {
  const startNs = (BigInt(Date.now()) / 1000n) * 1_000_000_000n - HISTORY_NS;
  return Array.from({ length: senders }, (_, sender) => {
    const random = new Random(seed * senders + sender);
    const database = DATABASES[sender % DATABASES.length] as string;
    const series = Array.from({ length: seriesPerSender }, (_, index) => {
      const measurement = MEASUREMENTS[index % MEASUREMENTS.length] as string;
      return new Series(BigInt(seed), startNs, database, measurement, `${sender}-${index}`);
    });
    return new Sender(series, () => random.below(pauseMsMax));
  });
}
