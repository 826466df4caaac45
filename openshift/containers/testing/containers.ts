/** Overseer in containers, as OpenShift runs them: any user of group 0, a read-only root, no capability, no new privileges. */
import { randomBytes, randomInt } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { waitUntil } from '@overseer/local/testing';
import { createToken, digestOfToken, formatTokenLine, TokenGrant } from '@overseer/shared/access';
import {
  GenericContainer,
  type StartedTestContainer,
  Wait,
  type WaitStrategy,
} from 'testcontainers';
import type { Engine } from '../engine.ts';
import { ARBITRARY_USER, NATS_IMAGE, type PostgresVersion, postgresImage } from '../stand-ins.ts';

const PORTS = { ingress: 8086, store: 8087, processor: 8088, frontend: 3000 } as const;
export type ServiceName = keyof typeof PORTS;

type ServerName = 'nats' | 'postgres';

/** Third byte of the addresses of a network: names would take an engine with rules for packets. */
const SUBNETS = { first: 96, count: 16 };

const START_DEADLINE_MS = 60_000;
const PROBE_DEADLINE_MS = 2000;
/** As the templates have it: `terminationGracePeriodSeconds`. */
export const GRACE_SECONDS = 30;

/** For services, of which tests wait for more, or for less, than an answer. Testcontainers' wait for HTTP does not get one under Bun. */
const UNAWAITED: WaitStrategy = {
  waitUntilReady: () => Promise.resolve(),
  withStartupTimeout: () => UNAWAITED,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => START_DEADLINE_MS,
};

/** A container that restricted-v2 would admit. */
class RestrictedContainer extends GenericContainer {
  /** @param onCreated told the id, before it runs */
  constructor(
    image: string,
    private readonly onCreated: (id: string) => void,
  ) {
    super(image);
    this.hostConfig.ReadonlyRootfs = true;
    this.withUser(ARBITRARY_USER)
      .withDroppedCapabilities('ALL')
      .withSecurityOpt('no-new-privileges')
      .withTmpFs({ '/tmp': 'rw,mode=1777' })
      .withStartupTimeout(START_DEADLINE_MS);
  }

  /** Puts it into one network alone: by its own ways, Testcontainers would join the engine's default one besides. */
  inNetwork(network: string, address: string | undefined): this {
    const endpoint = address === undefined ? {} : { IPAMConfig: { IPv4Address: address } };
    this.createOpts.NetworkingConfig = { EndpointsConfig: { [network]: endpoint } };
    return this.withNetworkMode(network);
  }

  protected override async containerCreated(id: string): Promise<void> {
    this.onCreated(id);
  }
}

export interface ServiceContainer {
  readonly id: string;
  /** Of its HTTP port, from this machine. */
  readonly url: string;
}

/** How a container ended after it was told to. */
export interface Ending {
  readonly exitCode: number;
  readonly seconds: number;
}

/** Containers in a network of their own, where servers have their addresses before they are started. */
export class Containers implements AsyncDisposable {
  readonly writeToken = createToken();
  readonly readToken = createToken();
  /** Of all that were made. */
  readonly #ids: string[] = [];
  readonly #password = randomBytes(12).toString('hex');

  private constructor(
    private readonly engine: Engine,
    private readonly image: string,
    private readonly network: string,
    private readonly addresses: Readonly<Record<ServerName, string>>,
  ) {}

  /** @param image of Overseer */
  static async start(engine: Engine, image: string): Promise<Containers> {
    // What is published is for this machine alone.
    const host = engine.isOwn
      ? ['--opt=com.docker.network.bridge.host_binding_ipv4=127.0.0.1']
      : [];
    const { network, prefix } = await takeSubnet((name, subnet) =>
      engine.docker(['network', 'create', `--subnet=${subnet}`, ...host, name]),
    );
    return new Containers(engine, image, network, {
      nats: `${prefix}.10`,
      postgres: `${prefix}.11`,
    });
  }

  async startNats(): Promise<void> {
    const command = ['--jetstream', '--store_dir=/data', '--user=overseer'];
    await this.#run(
      this.#container(NATS_IMAGE)
        .withCommand([...command, `--pass=${this.#password}`])
        .withTmpFs({ '/data': 'rw,mode=1777', '/tmp': 'rw,mode=1777' })
        .withWaitStrategy(Wait.forLogMessage(/Server is ready/)),
      'nats',
    );
  }

  async startPostgres(version: PostgresVersion): Promise<void> {
    const folder = '/var/lib/postgresql';
    await this.#run(
      this.#container(postgresImage(version))
        .withEnvironment({
          PGDATA: `${folder}/data`,
          POSTGRES_USER: 'overseer',
          POSTGRES_PASSWORD: this.#password,
          POSTGRES_DB: 'overseer',
        })
        .withCommand(['postgres', '-c', 'fsync=off'])
        .withTmpFs({
          [folder]: 'rw,mode=1777',
          '/run/postgresql': 'rw,mode=1777',
          '/tmp': 'rw,mode=1777',
        })
        .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/)),
      'postgres',
    );
  }

  /** Starts a service; it answers, but may wait for others still. */
  async startService(name: ServiceName): Promise<ServiceContainer> {
    const port = PORTS[name];
    const container = await this.#run(
      this.#container(this.image)
        .withCommand([name])
        .withEnvironment(this.environment)
        .withExposedPorts(port)
        .withWaitStrategy(UNAWAITED),
    );
    const url = `http://${container.getHost()}:${container.getMappedPort(port)}`;
    const id = container.getId();
    try {
      await waitUntil(() => probe(url).catch(() => undefined), {
        what: `${name} to answer`,
        deadlineMs: START_DEADLINE_MS,
      });
    } catch (cause) {
      throw new Error(`${name} does not answer. ${await this.#describe(id)}`, { cause });
    }
    return { id, url };
  }

  /** Of every service, as a Secret and a ConfigMap would set it. */
  get environment(): Record<string, string> {
    return {
      NATS_URL: `nats://overseer:${this.#password}@${this.addresses.nats}:4222`,
      DATABASE_URL: `postgres://overseer:${this.#password}@${this.addresses.postgres}/overseer`,
      POINTS_BYTES_MAX: '1GiB',
      SELF_METRICS: 'off',
      TOKENS: [
        formatTokenLine(grant('writer', this.writeToken, 'write')),
        formatTokenLine(grant('reader', this.readToken, 'read')),
      ].join(';'),
    };
  }

  /** Runs the command line of the image to its end. @returns what it printed */
  commandLine(args: readonly string[]): Promise<string> {
    const { DATABASE_URL } = this.environment;
    return this.engine.docker([
      'run',
      '--rm',
      '--read-only',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      '--tmpfs=/tmp',
      `--user=${ARBITRARY_USER}`,
      `--network=${this.network}`,
      `--env=DATABASE_URL=${DATABASE_URL}`,
      this.image,
      'overseer',
      ...args,
    ]);
  }

  /** Rows of a statement, read by `overseer sql`. */
  async rows(statement: string): Promise<Record<string, unknown>[]> {
    return JSON.parse(await this.commandLine(['sql', '--json', statement]));
  }

  /** Tells a container to end as a kubelet does: SIGTERM, and SIGKILL when the grace is over. */
  async terminate({ id }: ServiceContainer): Promise<Ending> {
    const startedAt = performance.now();
    await this.engine.docker(['stop', '--time', String(GRACE_SECONDS), id]);
    const seconds = (performance.now() - startedAt) / 1000;
    return { exitCode: Number(await this.inspect(id, '{{.State.ExitCode}}')), seconds };
  }

  inspect(id: string, format: string): Promise<string> {
    return this.engine.docker(['inspect', '--format', format, id]).then((text) => text.trim());
  }

  /** Ends all of them, also those that never got ready. */
  async stop(): Promise<void> {
    if (this.#ids.length > 0)
      await this.engine.docker(['rm', '--force', '--volumes', ...this.#ids]);
    await this.engine.docker(['network', 'rm', this.network]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** For the message of a test that fails. */
  async #describe(id: string): Promise<string> {
    const state = await this.inspect(id, '{{json .State}} {{json .NetworkSettings.Ports}}');
    const printed = await this.engine.docker(['logs', '--tail', '20', id]);
    return `It is ${state}, and printed last:\n${printed}`;
  }

  #container(image: string): RestrictedContainer {
    return new RestrictedContainer(image, (id) => this.#ids.push(id));
  }

  #run(container: RestrictedContainer, server?: ServerName): Promise<StartedTestContainer> {
    const address = server && this.addresses[server];
    return container.inNetwork(this.network, address).start();
  }
}

/** Others may have networks, too: tries one address after the other. @throws what the last one failed with */
async function takeSubnet(create: (name: string, subnet: string) => Promise<unknown>) {
  const start = randomInt(SUBNETS.count);
  for (let tried = 1; ; tried++) {
    const prefix = `172.30.${SUBNETS.first + ((start + tried) % SUBNETS.count)}`;
    // The engine knows its own networks alone, not those that one before it has left on this machine.
    if (isTaken(prefix) && tried < SUBNETS.count) continue;
    const network = `overseer-test-${randomBytes(4).toString('hex')}`;
    try {
      await create(network, `${prefix}.0/24`);
      return { network, prefix };
    } catch (error) {
      if (tried === SUBNETS.count) throw error;
    }
  }
}

function isTaken(prefix: string): boolean {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return addresses.some(({ address }) => address.startsWith(`${prefix}.`));
}

function grant(name: string, token: string, right: 'read' | 'write'): TokenGrant {
  return new TokenGrant(name, digestOfToken(token), new Set([right]), '*');
}

/**
 * Asks a service whether it is ready, with patience as short as a kubelet's: the engine's proxy takes a connection before there is
 * anybody behind it, and may hold it for a minute.
 */
function probe(url: string): Promise<Response> {
  return fetch(`${url}/ready`, {
    signal: AbortSignal.timeout(PROBE_DEADLINE_MS),
    keepalive: false,
  });
}

/** Waits until a service says that it is ready. */
export async function untilReady({ url }: ServiceContainer): Promise<void> {
  let seen: unknown;
  await waitUntil(
    async () => {
      const answer = await probe(url).catch((error: Error) => error);
      seen = answer instanceof Error ? answer : await answer.text();
      return answer instanceof Response && answer.ok;
    },
    { what: `${url} to be ready`, deadlineMs: START_DEADLINE_MS, lastSeen: () => seen },
  );
}
