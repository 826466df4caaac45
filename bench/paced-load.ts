import { type Body, BodyMaker, type LineSource } from './lines.ts';
import { sendBody } from './sending.ts';

/** How far ahead of their time bodies are made, in rounds of all hosts. */
const ROUNDS_AHEAD = 2;

/** When more than this is due and not acknowledged, the rate is not one that the server can take. */
const BEHIND_MAX_MS = 20_000;

/** What a paced load did until it was halted. */
export interface PacedCounts {
  lines: number;
  retries: number;
  /** How long after its time the latest body was sent. */
  latenessMaxMs: number;
}

/**
 * Sends a load's lines at a fixed rate, whatever becomes of them: a server that is slow for a while
 * gets what fell due meanwhile besides, as from agents that don't know of each other. Only the
 * bodies of one sender wait for each other, so that the lines of a host stay in order.
 */
export class PacedLoad {
  readonly #maker: BodyMaker;
  readonly #url: string;
  readonly #linesPerMs: number;
  readonly #linesPerTurn: number;
  readonly #counts: PacedCounts = { lines: 0, retries: 0, latenessMaxMs: 0 };
  readonly #running: Promise<void>;
  #isHalted = false;

  constructor(
    source: LineSource,
    options: { url: string; linesPerSecond: number; bodyBytesMax: number; senders: number },
  ) {
    this.#maker = new BodyMaker(source, options.bodyBytesMax, options.senders);
    this.#url = options.url;
    this.#linesPerMs = options.linesPerSecond / 1000;
    this.#linesPerTurn = ROUNDS_AHEAD * source.hosts;
    this.#running = this.#run(options.senders);
    // Whoever halts it learns of its error; until then it must not end this process.
    this.#running.catch(() => {});
  }

  /** Ends it when what is under way is acknowledged. @throws what made it end before. */
  async halt(): Promise<PacedCounts> {
    this.#isHalted = true;
    await this.#running;
    return this.#counts;
  }

  async #run(senders: number): Promise<void> {
    const startedAt = performance.now();
    const failed = new AbortController();
    const lastOfSender = Array.from({ length: senders }, () => Promise.resolve());
    const turnMs = this.#linesPerTurn / this.#linesPerMs;
    for (let turn = 0; !this.#isHalted; turn++) {
      const queues = this.#maker.make(this.#linesPerTurn);
      for (const [sender, queue] of queues.entries()) {
        // Senders don't begin at the same moment.
        const startAt = startedAt + turnMs * (turn + sender / senders / queue.length);
        const sent = (lastOfSender[sender] as Promise<void>).then(() =>
          this.#sendAll(queue, startAt, turnMs / queue.length),
        );
        sent.catch((error: unknown) => failed.abort(error));
        lastOfSender[sender] = sent;
      }
      failed.signal.throwIfAborted();
      this.#checkBacklog((turn + 1) * this.#linesPerTurn);
      await Bun.sleep(startedAt + turnMs * (turn + 1) - performance.now());
    }
    await Promise.all(lastOfSender);
  }

  async #sendAll(queue: Body[], startAt: number, intervalMs: number): Promise<void> {
    for (const [index, body] of queue.entries()) {
      const dueAt = startAt + intervalMs * index;
      await Bun.sleep(Math.max(0, dueAt - performance.now()));
      this.#counts.latenessMaxMs = Math.max(this.#counts.latenessMaxMs, performance.now() - dueAt);
      this.#counts.retries += await sendBody(this.#url, body);
      this.#counts.lines += body.lines;
    }
  }

  #checkBacklog(linesDue: number): void {
    const behindMs = (linesDue - this.#counts.lines) / this.#linesPerMs;
    if (behindMs > BEHIND_MAX_MS)
      throw new Error(
        `the server is ${Math.round(behindMs / 1000)} s behind a load of ` +
          `${Math.round(this.#linesPerMs * 1000)} lines/s: it can't take that rate`,
      );
  }
}
