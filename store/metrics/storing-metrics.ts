import type { Counter, Histogram, Meter } from '@overseer/shared';
import type { Plan } from '../plan.ts';
import type { Stage, StageTimes } from '../stage-times.ts';

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DELAY_SECONDS_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600];
const BYTES_BUCKETS = [1e3, 1e4, 1e5, 3e5, 1e6, 2e6, 4e6, 8e6, 16e6];

/** What becomes of rows. */
const PATHS = ['plain', 'merged', 'parked', 'dead', 'expired', 'dropped'] as const;

/** One group that is committed. */
export interface CommittedGroup {
  readonly plan: Plan;
  readonly times: StageTimes;
  /** From taking it to its commit. */
  readonly seconds: number;
  /** When the stream took its oldest message, milliseconds since 1970; undefined for blocks that were parked. */
  readonly storedAtMs: number | undefined;
}

/** What is told of the storing: all of it once a transaction. */
export class StoringMetrics {
  readonly #outages: Counter<'server'>;
  readonly #gaps: Counter;
  readonly #rows: Counter<'path'>;
  readonly #bytes: Counter;
  readonly #batches: Counter;
  readonly #commits: Counter;
  readonly #series: Counter;
  readonly #groupBytes: Histogram;
  readonly #groupSeconds: Histogram;
  readonly #delaySeconds: Histogram;
  readonly #stageSeconds: Readonly<Record<Stage, Histogram>>;

  constructor(meter: Meter) {
    this.#outages = meter.counterOf(
      'outages_total',
      'Times that storing stopped by an outage, by whose it was',
      'server',
      ['postgres', 'nats'],
    );
    this.#gaps = meter.counter(
      'gaps_total',
      'Times that the stream no longer had all that a restored PostgreSQL lacked',
    );
    this.#rows = meter.counterOf(
      'rows_total',
      'Rows by path: plain COPY, merged, parked (and counted again when they are stored), dead letters, expired, from before a drop',
      'path',
      PATHS,
    );
    this.#bytes = meter.counter('batch_bytes_total', 'Bytes of batches that are stored');
    this.#batches = meter.counter('batches_total', 'Batches that are stored');
    this.#commits = meter.counter('commits_total', 'Transactions that stored a group of batches');
    this.#series = meter.counter('series_registered_total', 'Series registered');
    this.#groupBytes = meter.histogram(
      'group_bytes',
      'Bytes of the batches of one transaction',
      BYTES_BUCKETS,
    );
    this.#groupSeconds = meter.histogram(
      'group_seconds',
      'Time from taking a group of batches to its commit',
      SECONDS_BUCKETS,
    );
    this.#delaySeconds = meter.histogram(
      'delay_seconds',
      'Time from the acknowledgement of the oldest batch of a group to its commit',
      DELAY_SECONDS_BUCKETS,
    );
    const stage = (name: string, help: string) => meter.histogram(name, help, SECONDS_BUCKETS);
    this.#stageSeconds = {
      plan: stage(
        'plan_seconds',
        'Time to plan a group, with tables and partitions it had to wait for',
      ),
      copy: stage('copy_seconds', 'Time of the COPYs of a transaction'),
      merge: stage('merge_seconds', 'Time of the MERGEs of a transaction that had late rows'),
      commit: stage('commit_seconds', 'Time of the COMMIT of a transaction'),
    };
  }

  /** Storing stopped, and is tried again. */
  stopped(server: 'postgres' | 'nats'): void {
    this.#outages.inc({ server });
  }

  /** PostgreSQL lacks what the stream no longer has. */
  gap(): void {
    this.#gaps.inc();
  }

  committed({ plan, times, seconds, storedAtMs }: CommittedGroup): void {
    this.#commits.inc();
    this.#batches.inc(plan.messages);
    this.#bytes.inc(plan.bytes);
    this.#groupBytes.observe(plan.bytes);
    this.#groupSeconds.observe(seconds);
    for (const [stage, spent] of times.seconds) this.#stageSeconds[stage].observe(spent);
    if (storedAtMs !== undefined) {
      // The clock is that of NATS.
      this.#delaySeconds.observe(Math.max(0, Date.now() - storedAtMs) / 1000);
    }
    const rows = (path: (typeof PATHS)[number], count: number) => this.#rows.inc({ path }, count);
    rows(
      'plain',
      sum(plan.tables, ({ event }) => event.rows),
    );
    rows(
      'merged',
      sum(plan.tables, ({ event }) => event.merged),
    );
    rows(
      'parked',
      sum(plan.parked, (block) => block.rows),
    );
    rows(
      'dead',
      sum(plan.dead, (block) => block.rows),
    );
    rows('expired', plan.expired);
    rows('dropped', plan.rowsDropped);
    this.#series.inc(sum(plan.tables, ({ event }) => event.seriesNew));
  }
}

function sum<T>(of: readonly T[], count: (each: T) => number): number {
  return of.reduce((total, each) => total + count(each), 0);
}
