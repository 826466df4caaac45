import { type Service, startNats, startPostgres, startService } from '@overseer/local/testing';

/** The processes of a run, in the order in which they start. */
export const PROCESSES = ['nats', 'postgres', 'store', 'ingress'] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** How soon a process that ended by itself is noticed. */
const SUPERVISION_INTERVAL_MS = 100;
/** Lines of each process' output that a failed run shows. */
const LINES_SHOWN = 25;

/**
 * Real servers and services on this machine, and a supervisor like the one users have: what ends is
 * started again, except while a fault holds it down.
 */
export class Cluster {
  readonly #processes: Readonly<Record<ProcessName, Service>>;
  readonly #held = new Set<ProcessName>();
  readonly #supervision: Promise<void>;
  #stopping = false;
  /** Processes that ended although no fault had hit them, in order. */
  readonly endedByThemselves: ProcessName[] = [];

  private constructor(processes: Readonly<Record<ProcessName, Service>>) {
    this.#processes = processes;
    this.#supervision = this.#supervise();
    // Whoever waits for the supervision learns of its error; until then it must not end this
    // process.
    this.#supervision.catch(() => {});
  }

  /** Starts everything and waits until it is ready; stops what was started when something isn't. */
  static async start(): Promise<Cluster> {
    await using started = new AsyncDisposableStack();
    const nats = started.use(await startNats());
    const postgres = started.use(await startPostgres());
    const environment = {
      NATS_URL: nats.url,
      DATABASE_URL: postgres.url,
      POINTS_BYTES_MAX: '1GiB',
    };
    const store = started.use(await startService('store', environment));
    const ingress = started.use(await startService('ingress', environment));
    started.move();
    return new Cluster({ nats, postgres, store, ingress });
  }

  get ingressUrl(): string {
    return this.#processes.ingress.url;
  }

  get natsUrl(): string {
    return this.#processes.nats.url;
  }

  get databaseUrl(): string {
    return this.#processes.postgres.url;
  }

  /**
   * Kills a process with SIGKILL, leaves it dead for a while, starts it again and waits until it is
   * ready.
   * @param downMs how long it stays dead.
   */
  async kill(name: ProcessName, downMs: number): Promise<void> {
    this.#held.add(name);
    try {
      await this.#processes[name].kill('SIGKILL');
      await Bun.sleep(downMs);
      await this.#processes[name].restart();
    } finally {
      this.#held.delete(name);
    }
  }

  /** The last lines that each process printed. */
  describe(): string {
    return PROCESSES.map((name) => {
      const lines = this.#processes[name].lines.slice(-LINES_SHOWN).map((line) => `  ${line}`);
      return [`${name} printed last:`, ...lines].join('\n');
    }).join('\n');
  }

  /** @throws when a process that ended by itself could not be started again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#supervision.finally(async () => {
      for (const name of PROCESSES.toReversed()) await this.#processes[name].stop();
    });
  }

  async #supervise(): Promise<void> {
    while (!this.#stopping) {
      for (const name of PROCESSES) {
        if (this.#processes[name].isRunning || this.#held.has(name)) continue;
        this.endedByThemselves.push(name);
        await this.#processes[name].restart();
      }
      await Bun.sleep(SUPERVISION_INTERVAL_MS);
    }
  }
}
