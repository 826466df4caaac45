/** Cost of a turn beside its bytes, so that many tiny bodies count too: about what a request costs, in bytes parsed meanwhile. */
const TURN_BYTES = 8 * 1024;
/** Work between two looks at what came in; also what a client may do before it is the next one's turn. About a tenth of a millisecond. */
const ROUND_BYTES = 128 * 1024;

interface Waiter {
  readonly cost: number;
  start(): void;
}

/** The turns that one client waits for. */
interface Queue {
  readonly client: string;
  /** Never empty: whoever waits no more has no queue. */
  readonly waiters: Waiter[];
  /** What the client may still do in this round; a rest that is too small for its next turn is kept for the next round. */
  credit: number;
}

/**
 * Shares the thread among clients by the bytes they want parsed: deficit round robin (Shreedhar and Varghese, 1995). A client has a turn
 * after at most one round of each other, however many requests or bytes those have waiting. Its own requests take turns among themselves.
 *
 * Queues are bounded by the memory for bodies: whoever waits here holds a lease of it.
 */
export class Turns {
  /** In the order of their turns; only clients that wait. */
  readonly #ring: Queue[] = [];
  readonly #queues = new Map<string, Queue>();
  #spentBytes = 0;
  #isScheduled = false;

  /** Turns that are waited for. */
  get waiting(): number {
    return this.#ring.reduce((sum, { waiters }) => sum + waiters.length, 0);
  }

  /** Clients that wait. */
  get clients(): number {
    return this.#ring.length;
  }

  /**
   * Asks for a turn, for work on this many bytes (up to ROUND_BYTES), to be done at once and without a pause.
   * @returns undefined when the turn is now, else what to wait for
   */
  take(client: string, bytes: number): Promise<void> | undefined {
    const cost = Math.min(bytes + TURN_BYTES, ROUND_BYTES);
    if (this.#ring.length === 0 && this.#spentBytes < ROUND_BYTES) {
      this.#spend(cost);
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queueOf(client).waiters.push({ cost, start: resolve });
    this.#schedule();
    return promise;
  }

  #queueOf(client: string): Queue {
    const known = this.#queues.get(client);
    if (known) return known;
    const queue = { client, waiters: [], credit: ROUND_BYTES };
    this.#queues.set(client, queue);
    this.#ring.push(queue);
    return queue;
  }

  #spend(cost: number): void {
    this.#spentBytes += cost;
    this.#schedule();
  }

  /** Goes on after the event loop has served what came in meanwhile. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#spentBytes = 0;
      this.#startNext();
    });
  }

  #startNext(): void {
    for (let queue = this.#ring[0]; queue; queue = this.#ring[0]) {
      if (this.#spentBytes >= ROUND_BYTES) return;
      const waiter = queue.waiters[0] as Waiter;
      if (waiter.cost > queue.credit) {
        queue.credit += ROUND_BYTES;
        this.#ring.push(...this.#ring.splice(0, 1));
        continue;
      }
      queue.credit -= waiter.cost;
      queue.waiters.shift();
      if (queue.waiters.length === 0) {
        this.#queues.delete(queue.client);
        this.#ring.shift();
      }
      this.#spend(waiter.cost);
      waiter.start();
    }
  }
}
