import { Counter, Gauge, type Logger, Metrics, type MetricsJson } from '@overseer/shared';
import type { ReadinessReport } from '../readiness.ts';
import { Channel, ChannelError, type Question, type WorkerMessage } from './channel.ts';
import { REPLACEMENT_VARIABLE, WORKER_VARIABLE } from './worker.ts';

/** A worker that ends soon after its start is started again later and later, up to this. */
const RESTART_WAIT_MS = { min: 100, max: 5000 };
/** One that ran for so long starts again at once. */
const SETTLED_MS = 10_000;

export interface ParentOptions {
  readonly workers: number;
  readonly command: readonly string[];
  /** What the workers' environment has that this process's has not. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Logger;
  /** Told when a worker ends before it ever listened: something is wrong with all of them. */
  readonly onFailure: (error: WorkerStartError) => void;
}

/** A worker that does not even start: its log says why. */
export class WorkerStartError extends Error {
  override name = 'WorkerStartError';
}

interface Worker {
  readonly number: number;
  readonly child: Bun.Subprocess;
  readonly channel: Channel;
  readonly startedAt: number;
  readonly isReplacement: boolean;
  isListening: boolean;
  isConnected: boolean;
}

/**
 * Runs the processes that share the port and speaks for all of them. It holds no requests itself, so it has nothing to lose but its
 * sight of the workers; and they end without it.
 */
export class Parent {
  /** Of what it does itself. */
  readonly registry = new Metrics();
  readonly #options: ParentOptions;
  /** By number; those that run. */
  readonly #workers = new Map<number, Worker>();
  /** By number; those that were started again: how long that waited, in milliseconds. */
  readonly #waits = new Map<number, number>();
  readonly #restarts: Counter;
  #isStopping = false;

  constructor(options: ParentOptions) {
    this.#options = options;
    const registers = [this.registry];
    this.registry.setDefaultLabels({ service: 'ingress' });
    const running = this.#workers;
    this.#restarts = new Counter({
      name: 'overseer_ingress_worker_restarts_total',
      help: 'Workers that ended by themselves and were started again',
      registers,
    });
    new Gauge({
      name: 'overseer_ingress_workers',
      help: 'Workers that run',
      registers,
      collect() {
        this.set(running.size);
      },
    });
  }

  start(): void {
    for (let number = 1; number <= this.#options.workers; number++) this.#spawn(number);
  }

  /** Lets the workers finish what is under way; resolves when the last has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const children = Array.from(this.#workers.values(), ({ child }) => child);
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map(({ exited }) => exited));
  }

  /** For a stop that takes too long. */
  kill(): void {
    for (const { child } of this.#workers.values()) child.kill('SIGKILL');
  }

  /** Of this process and of each worker. @throws ChannelError that names the worker which does not answer */
  async metrics(): Promise<readonly MetricsJson[]> {
    const all: MetricsJson[] = [await this.registry.getMetricsAsJSON()];
    await this.#askAll('metrics', (answer) => all.push(answer as MetricsJson));
    return all;
  }

  #spawn(number: number): void {
    const { command, environment } = this.#options;
    const isReplacement = this.#waits.has(number);
    const child = Bun.spawn([...command], {
      env: {
        ...process.env,
        ...environment,
        [WORKER_VARIABLE]: String(number),
        [REPLACEMENT_VARIABLE]: isReplacement ? 'yes' : '',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
      ipc: (message: WorkerMessage) => {
        if (message.kind === 'listening') worker.isListening = true;
        else channel.receive(message);
      },
      onDisconnect: () => {
        worker.isConnected = false;
      },
    });
    const channel = new Channel(
      // What can't be sent is missed as an answer, or nobody waits for it any more.
      (message) => void (worker.isConnected && child.send(message)),
      (question) => this.#answer(question),
    );
    const worker: Worker = {
      number,
      child,
      channel,
      startedAt: performance.now(),
      isReplacement,
      isListening: false,
      isConnected: true,
    };
    this.#workers.set(number, worker);
    void child.exited.then(() => this.#onEnd(worker));
  }

  #onEnd(worker: Worker): void {
    const { number, child, channel, isListening, isReplacement, startedAt } = worker;
    const { log, onFailure } = this.#options;
    this.#workers.delete(number);
    channel.close();
    if (this.#isStopping) return;
    const reason = child.signalCode ?? `exit code ${child.exitCode}`;
    if (!isListening && !isReplacement) {
      onFailure(new WorkerStartError(`worker ${number} did not start (${reason})`));
      return;
    }
    const before = this.#waits.get(number) ?? 0;
    const waitMs =
      performance.now() - startedAt > SETTLED_MS
        ? RESTART_WAIT_MS.min
        : Math.min(Math.max(before * 2, RESTART_WAIT_MS.min), RESTART_WAIT_MS.max);
    this.#waits.set(number, waitMs);
    this.#restarts.inc();
    log.error({ worker: number, reason, waitMs }, 'a worker ended; it is started again');
    setTimeout(() => this.#isStopping || this.#spawn(number), waitMs);
  }

  #answer(question: Question): Promise<unknown> {
    return question === 'readiness' ? this.#readiness() : this.metrics();
  }

  /** A replacement that does not listen yet leaves the port to the others: they are ready without it. */
  async #readiness(): Promise<ReadinessReport> {
    const missing: Record<string, string> = {};
    for (const { number, isListening, isReplacement } of this.#workers.values()) {
      if (!isListening && !isReplacement) missing.workers = `worker ${number} is starting`;
    }
    await this.#askAll('readiness', (answer) => {
      Object.assign(missing, (answer as ReadinessReport).missing);
    }).catch((error: unknown) => {
      if (!(error instanceof ChannelError)) throw error;
      missing.workers = error.message;
    });
    return { ready: Object.keys(missing).length === 0, missing };
  }

  /** @throws ChannelError that names the worker which does not answer */
  async #askAll(question: Question, take: (answer: unknown) => void): Promise<void> {
    const listening = [...this.#workers.values()].filter(({ isListening }) => isListening);
    await Promise.all(
      listening.map(async ({ number, channel }) => {
        try {
          take(await channel.ask(question));
        } catch (cause) {
          if (!(cause instanceof ChannelError)) throw cause;
          // One that ended meanwhile is not counted any more.
          if (this.#workers.get(number)?.channel !== channel) return;
          throw new ChannelError(`worker ${number} ${cause.message}`, { cause });
        }
      }),
    );
  }
}
