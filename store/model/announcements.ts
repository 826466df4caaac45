import type { Watermark } from '@overseer/shared';

/** Where a key was carried first. */
interface Carrier {
  readonly partition: number;
  readonly stream: string;
  readonly sequence: number;
}

/** Which series a batch must announce, by the contract that ingress keeps: until the watermark has passed the first that did. */
export class AnnouncedSeries {
  readonly #carriers = new Map<bigint, Carrier>();
  readonly #passed = new Set<bigint>();

  isPassed(id: bigint): boolean {
    return this.#passed.has(id);
  }

  /** A batch with the keys of these series was acknowledged. */
  carried(ids: Iterable<bigint>, carrier: Carrier): void {
    for (const id of ids) {
      if (this.#carriers.get(id)?.stream !== carrier.stream) this.#carriers.set(id, carrier);
    }
  }

  observe(partition: number, { stream, sequence }: Watermark): void {
    for (const [id, carrier] of this.#carriers) {
      if (carrier.partition !== partition || carrier.stream !== stream) continue;
      if (carrier.sequence > sequence) continue;
      this.#passed.add(id);
      this.#carriers.delete(id);
    }
  }
}
