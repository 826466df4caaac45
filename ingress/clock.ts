/** A step of the system clock larger than this is followed at once. */
const STEP_NS = 2_000_000n;

/**
 * The system's time in nanoseconds since 1970. `Date` has milliseconds only, which would make two points that
 * carry no time into one; so a monotonic clock fills in the digits below, and is set anew when the two drift apart.
 */
export class WallClock {
  #offsetNs = 0n;

  nowNs(): bigint {
    const monotonicNs = BigInt(Bun.nanoseconds());
    const systemNs = BigInt(Date.now()) * 1_000_000n;
    const nowNs = monotonicNs + this.#offsetNs;
    const aheadNs = nowNs - systemNs;
    if (aheadNs >= -STEP_NS && aheadNs <= STEP_NS) return nowNs;
    this.#offsetNs = systemNs - monotonicNs;
    return systemNs;
  }
}
