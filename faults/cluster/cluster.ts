import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  freePort,
  Link,
  type Running,
  startNats,
  startPostgres,
  startService,
  temporaryFolder,
} from '@overseer/local/testing';
import { type Bus, connectBus, createLogger } from '@overseer/shared';
import postgres, { type Sql } from 'postgres';
import { Clock, findFakeTime } from './clock.ts';
import { Disk } from './disk.ts';

/** How soon a process that ended by itself is noticed. */
const SUPERVISION_INTERVAL_MS = 100;
/** Lines of each process' output that `describe` shows. */
const LINES_SHOWN = 25;
/** Few, so that a fault can hold them all. */
const POSTGRES_CONNECTIONS_MAX = 40;
/** Room for all streams and buckets at the sizes that the services give them. */
const FILE_STORE_BYTES_MAX = 4 * 1024 ** 3;
/** Longer than the lease (3 s by itself) no run waits for a successor. */
export const LEASE_MS = 2000;

/** Names of processes that are there once; stores are `store-1`, `store-2`, … */
export const SINGLE_PROCESSES = ['nats', 'postgres', 'ingress', 'processor', 'frontend'] as const;
export type SingleProcess = (typeof SINGLE_PROCESSES)[number];
export type Server = 'nats' | 'postgres';

export interface ClusterOptions {
  /** Store processes that share the partitions. */
  readonly stores: number;
  /** Gives each server a disk of its own that can be full. */
  readonly disks: boolean;
  /** Gives services and PostgreSQL clocks of their own that can jump. */
  readonly clocks: boolean;
}

/** A process, and what can happen to it. */
export interface Member {
  readonly name: string;
  running: Running;
  /** Its ways to the servers, as far as a fault may want them. */
  readonly links: Partial<Record<Server, Link>>;
  readonly clock: Clock | undefined;
  /** Starts it anew with other settings than it has; its links and its clock stay. */
  readonly start?: (settings: Readonly<Record<string, string>>) => Promise<Running>;
}

/**
 * Real servers and services on this machine, links between them, and a supervisor like the one users
 * have: what ends is started again, except while a fault holds it down.
 */
export class Cluster implements AsyncDisposable {
  readonly #members = new Map<string, Member>();
  readonly #started = new AsyncDisposableStack();
  readonly #held = new Set<string>();
  #supervision: Promise<void> = Promise.resolve();
  #stopping = false;
  /** Processes that ended although no fault had hit them, in order. */
  readonly endedByThemselves: string[] = [];
  readonly stores: readonly string[];
  /** One of them tells updates. */
  readonly processors: readonly string[] = ['processor', 'processor-2'];
  readonly disks: Partial<Record<Server, Disk>> = {};

  private constructor(stores: number) {
    this.stores = Array.from({ length: stores }, (_, index) => `store-${index + 1}`);
  }

  /** Starts everything and waits until it is ready; stops what was started when something isn't. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options.stores);
    try {
      await cluster.#start(options);
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  get ingressUrl(): string {
    return this.member('ingress').running.url;
  }

  member(name: string): Member {
    const member = this.#members.get(name);
    if (!member) throw new Error(`there is no process ${name}`);
    return member;
  }

  link(service: string, server: Server): Link {
    const link = this.member(service).links[server];
    if (!link) throw new Error(`between ${service} and ${server} is no link`);
    return link;
  }

  disk(server: Server): Disk {
    const disk = this.disks[server];
    if (!disk) throw new Error(`${server} has no disk of its own in this run`);
    return disk;
  }

  clock(name: string): Clock {
    const { clock } = this.member(name);
    if (!clock) throw new Error(`${name} has no clock of its own in this run`);
    return clock;
  }

  /**
   * Lets processes be away while something happens: the supervisor leaves them, and those that are
   * not running afterwards are started.
   */
  async hold(names: readonly string[], action: () => Promise<void>): Promise<void> {
    for (const name of names) this.#held.add(name);
    try {
      await action();
    } finally {
      try {
        for (const name of names) {
          const { running } = this.member(name);
          if (!running.isRunning) await running.restart();
        }
      } finally {
        for (const name of names) this.#held.delete(name);
      }
    }
  }

  /** Kills a process with SIGKILL, leaves it dead for a while and starts it again. */
  async kill(name: string, downMs: number): Promise<void> {
    await this.hold([name], async () => {
      await this.member(name).running.kill('SIGKILL');
      await Bun.sleep(downMs);
    });
  }

  /** Stops a process in the middle of whatever it does and lets it go on later, as if nothing had been. */
  async pause(name: string, pauseMs: number): Promise<void> {
    const { running } = this.member(name);
    await running.kill('SIGSTOP');
    try {
      await Bun.sleep(pauseMs);
    } finally {
      await running.kill('SIGCONT');
    }
  }

  /** Starts a service anew with other settings; it must have been killed, and be held. */
  async reconfigure(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const member = this.member(name);
    if (!member.start) throw new Error(`${name} takes no settings`);
    member.running = this.#started.use(await member.start(settings));
  }

  /** Asks PostgreSQL something, past all links. */
  async withSql<T>(action: (sql: Sql) => Promise<T>): Promise<T> {
    const { url } = this.member('postgres').running;
    const sql = postgres(url, { max: 1, backoff: () => 0.1, onnotice: () => {} });
    try {
      return await action(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  /** Does something to the streams, past all links. */
  async withBus<T>(action: (bus: Bus) => Promise<T>): Promise<T> {
    const { url } = this.member('nats').running;
    const bus = await connectBus({ url, name: 'faults', log: createLogger('faults') });
    try {
      return await action(bus);
    } finally {
      await bus.close();
    }
  }

  /** The last lines that each process printed. */
  describe(): string {
    return [...this.#members.values()]
      .map(({ name, running }) => {
        const lines = running.lines.slice(-LINES_SHOWN).map((line) => `  ${line}`);
        return [`${name} printed last:`, ...lines].join('\n');
      })
      .join('\n');
  }

  /** @throws when a process that ended by itself could not be started again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#supervision.finally(() => this.#started.disposeAsync());
  }

  async #start({ disks, clocks }: ClusterOptions): Promise<void> {
    const newClock = clocks ? await this.#clocks() : () => undefined;
    for (const server of disks ? (['nats', 'postgres'] as const) : [])
      this.disks[server] = this.#started.use(await Disk.mount());
    const clock = newClock('postgres');
    // One after the other: what has started is stopped when the next does not.
    const nats = await this.#add(
      'nats',
      startNats({
        fileStoreBytesMax: FILE_STORE_BYTES_MAX,
        ...this.#folderOn('nats'),
      }),
    );
    const database = await this.#add(
      'postgres',
      startPostgres(
        { max_connections: String(POSTGRES_CONNECTIONS_MAX) },
        { ...this.#folderOn('postgres'), environment: clock?.environment ?? {} },
      ),
      { clock },
    );
    const ports = { ingress: freePort(), frontend: freePort() };
    const environment = {
      NATS_URL: nats.url,
      DATABASE_URL: database.url,
      INGRESS_PORT: String(ports.ingress),
      WRITE_URL: `http://127.0.0.1:${ports.ingress}`,
      FRONTEND_PORT: String(ports.frontend),
      POINTS_BYTES_MAX: '1GiB',
      LEASE: `${LEASE_MS}ms`,
    };
    for (const store of this.stores)
      await this.#addService(store, 'store', environment, ['nats', 'postgres'], newClock(store));
    await Promise.all([
      this.#addService('ingress', 'ingress', environment, ['nats'], newClock('ingress')),
      ...this.processors.map((name) =>
        this.#addService(name, 'processor', environment, [], newClock(name)),
      ),
      this.#addService('frontend', 'frontend', environment, [], undefined),
    ]);
    this.#supervision = this.#supervise();
    // Whoever waits for the supervision learns of its error; until then it must not end this
    // process.
    this.#supervision.catch(() => {});
  }

  #folderOn(server: Server): { folder?: string } {
    const disk = this.disks[server];
    return disk ? { folder: disk.folder } : {};
  }

  async #clocks(): Promise<(name: string) => Clock> {
    const library = await findFakeTime();
    const folder = temporaryFolder();
    this.#started.defer(() => rmSync(folder, { recursive: true, force: true }));
    return (name) => new Clock(library, join(folder, name));
  }

  async #add(
    name: string,
    starting: Promise<Running>,
    rest: Partial<Member> = {},
  ): Promise<Running> {
    const running = this.#started.use(await starting);
    this.#members.set(name, { links: {}, clock: undefined, ...rest, name, running });
    return running;
  }

  async #addService(
    name: string,
    service: Parameters<typeof startService>[0],
    environment: Readonly<Record<string, string>>,
    linkedTo: readonly Server[],
    clock: Clock | undefined,
  ): Promise<void> {
    const links: Partial<Record<Server, Link>> = {};
    const urls = { nats: environment.NATS_URL ?? '', postgres: environment.DATABASE_URL ?? '' };
    for (const server of linkedTo) {
      const url = new URL(urls[server]);
      const link = this.#started.use(await Link.start(Number(url.port)));
      links[server] = link;
      url.port = String(link.port);
      urls[server] = url.href;
    }
    const own = {
      ...environment,
      ...clock?.environment,
      NATS_URL: urls.nats,
      DATABASE_URL: urls.postgres,
    };
    const start = (settings: Readonly<Record<string, string>>) =>
      startService(service, { ...own, ...settings });
    await this.#add(name, start({}), { links, clock, start });
  }

  async #supervise(): Promise<void> {
    while (!this.#stopping) {
      for (const { name, running } of this.#members.values()) {
        if (running.isRunning || this.#held.has(name)) continue;
        this.endedByThemselves.push(`${name}: ${running.lines.at(-1) ?? 'printed nothing'}`);
        await running.restart();
      }
      await Bun.sleep(SUPERVISION_INTERVAL_MS);
    }
  }
}
