import { OVERSEER_PROCESSES, type OverseerProcess, TestOverseer } from '@overseer/local/testing';

/** How soon a process that ended by itself is noticed. */
const SUPERVISION_INTERVAL_MS = 100;

/**
 * Real servers and services on this machine, and a supervisor like the one users have: what ends is
 * started again, except while a fault holds it down.
 */
export class Cluster {
  readonly #overseer: TestOverseer;
  readonly #held = new Set<OverseerProcess>();
  readonly #supervision: Promise<void>;
  #stopping = false;
  /** Processes that ended although no fault had hit them, in order. */
  readonly endedByThemselves: OverseerProcess[] = [];

  private constructor(overseer: TestOverseer) {
    this.#overseer = overseer;
    this.#supervision = this.#supervise();
    // Whoever waits for the supervision learns of its error; until then it must not end this
    // process.
    this.#supervision.catch(() => {});
  }

  /** Starts everything and waits until it is ready; stops what was started when something isn't. */
  static async start(): Promise<Cluster> {
    return new Cluster(await TestOverseer.start({ environment: { POINTS_BYTES_MAX: '1GiB' } }));
  }

  get ingressUrl(): string {
    return this.#overseer.ingressUrl;
  }

  get natsUrl(): string {
    return this.#overseer.natsUrl;
  }

  get databaseUrl(): string {
    return this.#overseer.databaseUrl;
  }

  /**
   * Kills a process with SIGKILL, leaves it dead for a while, starts it again and waits until it is
   * ready.
   * @param downMs how long it stays dead.
   */
  async kill(name: OverseerProcess, downMs: number): Promise<void> {
    this.#held.add(name);
    try {
      await this.#overseer.processes[name].kill('SIGKILL');
      await Bun.sleep(downMs);
      await this.#overseer.processes[name].restart();
    } finally {
      this.#held.delete(name);
    }
  }

  /** The last lines that each process printed. */
  describe(): string {
    return this.#overseer.describe();
  }

  /** @throws when a process that ended by itself could not be started again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#supervision.finally(() => this.#overseer.stop());
  }

  async #supervise(): Promise<void> {
    while (!this.#stopping) {
      for (const name of OVERSEER_PROCESSES) {
        if (this.#overseer.processes[name].isRunning || this.#held.has(name)) continue;
        this.endedByThemselves.push(name);
        await this.#overseer.processes[name].restart();
      }
      await Bun.sleep(SUPERVISION_INTERVAL_MS);
    }
  }
}
