import { join } from 'node:path';
import type { AgentCounts } from './agent-fleet.ts';
import type { Answer, Order, PushCounts, RequestsCounts } from './generator.ts';
import type { LoadOptions } from './loads.ts';
import type { PacedCounts } from './paced-load.ts';

/** The process that makes and sends a load. */
export class LoadGenerator implements AsyncDisposable {
  readonly #process: Bun.Subprocess;
  #answers: PromiseWithResolvers<Answer>;

  private constructor() {
    this.#answers = Promise.withResolvers();
    this.#process = Bun.spawn([process.execPath, join(import.meta.dir, 'generator.ts')], {
      stdio: ['ignore', 'inherit', 'inherit'],
      // JSON, the other form, has no bigint.
      serialization: 'advanced',
      ipc: (answer: Answer) => this.#answers.resolve(answer),
      onExit: (_, code, signal) =>
        this.#answers.reject(new Error(`the load generator ended: ${signal ?? `code ${code}`}`)),
    });
  }

  /** Starts the process; the load begins with its first line. */
  static async start(options: LoadOptions): Promise<LoadGenerator> {
    const generator = new LoadGenerator();
    await generator.#answer('ready');
    await generator.#ask({ order: 'open', options }, 'ready');
    return generator;
  }

  get processId(): number {
    return this.#process.pid;
  }

  /** Makes the bodies of the next `lines` lines of the load, dealt to `senders` by host. */
  prepare(
    lines: number,
    bodyBytesMax: number,
    senders: number,
  ): Promise<{ bodies: number; bytes: number }> {
    return this.#ask({ order: 'prepare', lines, bodyBytesMax, senders }, 'prepared');
  }

  /**
   * Sends what was prepared, one body at a time for each sender; resolves when all were
   * acknowledged. For large bodies: each costs a `fetch`.
   */
  async push(url: string): Promise<PushCounts> {
    return (await this.#ask({ order: 'push', url }, 'pushed')).counts;
  }

  /** As `push()`, for tiny bodies: each sender has a connection that costs little a request. */
  async request(url: string): Promise<RequestsCounts> {
    return (await this.#ask({ order: 'request', url }, 'requested')).counts;
  }

  /** Makes the requests of agents: so many each, of so many lines. */
  async prepareAgents(agents: number, linesPerRequest: number, requests: number): Promise<void> {
    await this.#ask({ order: 'prepare-agents', agents, linesPerRequest, requests }, 'ready');
  }

  /** Sends them, a request a second and agent, each in its time. */
  async beAgents(url: string): Promise<AgentCounts> {
    return (await this.#ask({ order: 'be-agents', url }, 'agents-done')).counts;
  }

  /**
   * Sends the load's next lines at a fixed rate until `halt()`, whatever becomes of them; only the
   * lines of a host wait for each other.
   */
  async pace(options: {
    url: string;
    linesPerSecond: number;
    bodyBytesMax: number;
    senders: number;
  }): Promise<void> {
    await this.#ask({ order: 'pace', ...options }, 'pacing');
  }

  /** Ends what `pace()` began. @throws when the load could not be kept up. */
  async halt(): Promise<PacedCounts> {
    return (await this.#ask({ order: 'halt' }, 'halted')).counts;
  }

  async stop(): Promise<void> {
    // Its end is what was asked for.
    this.#answers.promise.catch(() => {});
    this.#process.kill('SIGKILL');
    await this.#process.exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #ask<Kind extends Answer['answer']>(order: Order, kind: Kind) {
    this.#answers = Promise.withResolvers();
    this.#process.send(order);
    return this.#answer(kind);
  }

  async #answer<Kind extends Answer['answer']>(kind: Kind): Promise<Answer & { answer: Kind }> {
    const answer = await this.#answers.promise;
    if (answer.answer === 'failed') throw new Error(`the load generator failed: ${answer.reason}`);
    if (answer.answer !== kind)
      throw new Error(`the load generator answered ${answer.answer}, not ${kind}`);
    return answer as Answer & { answer: Kind };
  }
}
