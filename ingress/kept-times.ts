import type { Retentions } from '@overseer/shared';
import type { TimeBounds } from '@overseer/wasm';

const NS_PER_MS = 1_000_000n;
const RETENTION = 'the retention of the database';

export interface KeptTimesSettings {
  /** 0: any time. */
  readonly timesBehindMaxMs: number;
  readonly timesAheadMaxMs: number;
}

/**
 * Which timestamps are let in. Those that the store would not keep are refused, instead of being accepted and lost: by database, so that
 * lines cost nothing. A measurement that is kept for a shorter time than another of its database has that one's bound.
 */
export class KeptTimes {
  readonly #settings: KeptTimesSettings;
  #retentions: Retentions = { fallback: null, databases: new Map() };

  constructor(settings: KeptTimesSettings) {
    this.#settings = settings;
  }

  /** The stores keep points for so long from now on. */
  onRetentions(retentions: Retentions): void {
    this.#retentions = retentions;
  }

  /** @param nowNs nanoseconds since 1970 */
  boundsOf(database: string, nowNs: bigint): TimeBounds {
    const { timesAheadMaxMs, timesBehindMaxMs } = this.#settings;
    const newestNs = nowNs + BigInt(timesAheadMaxMs) * NS_PER_MS;
    const { databases, fallback } = this.#retentions;
    const own = databases.get(database);
    const keepMs = own === undefined ? fallback : own;
    if (keepMs !== null && (timesBehindMaxMs === 0 || keepMs < timesBehindMaxMs)) {
      return { newestNs, oldestNs: nowNs - BigInt(keepMs) * NS_PER_MS, oldestLimit: RETENTION };
    }
    if (timesBehindMaxMs === 0) return { newestNs };
    return { newestNs, oldestNs: nowNs - BigInt(timesBehindMaxMs) * NS_PER_MS };
  }
}
