import {
  BATCH_VERSION,
  type Bus,
  FORMAT_METADATA,
  type Logger,
  POINTS_STREAM,
} from '@overseer/shared';
import type { Database } from './postgres.ts';

/** How often a store looks whether ingress may write a newer format: once every store of an older release is gone. */
const LOOK_INTERVAL_MS = 5000;

/**
 * Says in the stream's metadata which version of the batch format ingress may write: the newest one that every store reads. It is
 * raised here and nowhere else, and never lowered: what is in the stream stays there.
 *
 * A store of a release that did not say in overseer.stores what it reads is known by its leases alone. One that owns no partition
 * while the format is raised, and gets one later, buries what it can't read: it can be replayed.
 */
export class BatchFormat {
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly database: Database,
    private readonly log: Logger,
    private readonly onError: (error: unknown) => void,
  ) {}

  start(): void {
    const look = () => void this.raise().catch(this.onError);
    this.#timer = setInterval(look, LOOK_INTERVAL_MS);
    look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Raises the format of the stream to what this program reads, if every store reads that. */
  async raise(): Promise<void> {
    const stream = await this.bus.stream(POINTS_STREAM);
    if (!stream || Number(stream.metadata[FORMAT_METADATA]) >= BATCH_VERSION) return;
    if (!(await this.#isReadByAll())) return;
    await this.bus.setStreamMetadata(POINTS_STREAM, FORMAT_METADATA, String(BATCH_VERSION));
    const before = stream.metadata[FORMAT_METADATA];
    this.log.info({ before, now: BATCH_VERSION }, 'every store reads the newer format of batches');
  }

  async #isReadByAll(): Promise<boolean> {
    const older = await this.database`
      SELECT owner FROM overseer.stores
      WHERE NOT overseer.lapsed(until, lasts) AND batch_version < ${BATCH_VERSION}
      UNION ALL
      SELECT owner FROM overseer.leases
      WHERE NOT overseer.lapsed(until, lasts) AND owner NOT IN (SELECT owner FROM overseer.stores)`;
    return older.length === 0;
  }
}
