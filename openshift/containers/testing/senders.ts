/** Clients that write without pause, and remember what was acknowledged. */

const LINES_A_REQUEST = 20;

/** Of a point: who sent it, and which one it was of his. */
export type PointName = `${number}/${number}`;

/** Several clients of one ingress. Each sends one body after the other until it is stopped or the ingress fails it. */
export class Senders {
  readonly acknowledged: PointName[] = [];
  readonly #ended: Promise<unknown>;
  #isStopped = false;

  /** @param measurement of the database "containers"; each point has a field `n` and a tag `sender` */
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly measurement: string,
    count: number,
  ) {
    this.#ended = Promise.all(Array.from({ length: count }, (_, sender) => this.#send(sender)));
  }

  /** Lets requests under way come to their end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
  }

  async #send(sender: number): Promise<void> {
    for (let first = 0; !this.#isStopped; first += LINES_A_REQUEST) {
      const numbers = Array.from({ length: LINES_A_REQUEST }, (_, index) => first + index);
      if (!(await this.#write(sender, numbers))) return;
      for (const number of numbers) this.acknowledged.push(`${sender}/${number}`);
    }
  }

  async #write(sender: number, numbers: readonly number[]): Promise<boolean> {
    const startMs = Date.UTC(2026, 0, 1);
    const lines = numbers.map((n) => `${this.measurement},sender=${sender} n=${n}i ${startMs + n}`);
    try {
      const answer = await fetch(`${this.url}/write?db=containers&precision=ms`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.token}` },
        body: lines.join('\n'),
      });
      return answer.status === 204;
    } catch {
      // Not acknowledged: it may be stored or not.
      return false;
    }
  }
}
