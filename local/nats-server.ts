/** A `nats-server` with JetStream: found or fetched, configured, run as a {@link Program}. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Distribution, readDistribution, unpackPackage } from './apt.ts';
import { runCommand } from './command.ts';
import { writePrivateFile } from './private-file.ts';
import type { Program } from './program.ts';
import { toolsFolder } from './project.ts';

/** Older ones lack `sync_interval: always` (2.9), or may lose a stream when killed (2.10.20 to 2.10.22). */
export const NATS_VERSION_MIN = '2.10.23';

/** Releases that package a new enough server, oldest first: its programs need no newer system than one before. */
const SUITES_WITH_SERVER: Readonly<Record<Distribution['family'], readonly string[]>> = {
  debian: ['trixie', 'forky'],
  ubuntu: ['questing', 'resolute'],
};

const READY_DEADLINE_MS = 60_000;
const STOP_GRACE_MS = 15_000;
const PROBE_DEADLINE_MS = 1000;

export interface NatsOptions {
  /** Holds the streams (`nats/`), the configuration (`nats-server.conf`) and the password (`nats-password`). */
  readonly folder: string;
  readonly port: number;
  /** All streams and buckets on disk together; a stream reserves its max_bytes of it when it is made. */
  readonly fileStoreBytesMax: number;
  /** All streams in memory together. */
  readonly memoryStoreBytesMax: number;
  /** Serves the server's own HTTP monitoring; undefined: off. */
  readonly monitoringPort?: number;
  readonly onNotice?: (notice: string) => void;
}

export interface NatsProgram extends Program {
  /** With user and password. */
  readonly url: string;
}

/** The one user; whoever has the password may read and write everything. */
const USER = 'overseer';

/**
 * Finds a server, writes its configuration, and gives the program. Connections need the password, on the loopback too: tokens would
 * mean nothing to other users of the machine who could publish and ask past ingress and frontend.
 */
export async function prepareNats(options: NatsOptions): Promise<NatsProgram> {
  const server = await findNatsServer(options.onNotice);
  mkdirSync(options.folder, { recursive: true });
  const configuration = join(options.folder, 'nats-server.conf');
  const password = ownPassword(options.folder);
  writePrivateFile(configuration, formatNatsConfiguration(options, password));
  return {
    name: 'nats',
    command: [server, '--config', configuration],
    // SIGTERM and not SIGUSR2 (lame duck mode): lame duck lasts 30 s at the least, and spares clients that have
    // another server of the cluster to go to.
    stopSignal: 'SIGTERM',
    deathSignal: 'SIGTERM',
    stopGraceMs: STOP_GRACE_MS,
    readyDeadlineMs: READY_DEADLINE_MS,
    isReady: () => servesJetStream(options.port),
    isWorthShowing: (line) => !line.includes(' [INF] '),
    url: `nats://${USER}:${password}@127.0.0.1:${options.port}`,
  };
}

/** Made once, and kept. */
function ownPassword(folder: string): string {
  const path = join(folder, 'nats-password');
  if (!existsSync(path)) writePrivateFile(path, `${randomBytes(24).toString('hex')}\n`);
  return readFileSync(path, 'utf8').trim();
}

export function formatNatsConfiguration(options: NatsOptions, password: string): string {
  const monitoring =
    options.monitoringPort === undefined ? '' : `http: "127.0.0.1:${options.monitoringPort}"\n`;
  return `# Written at every start.
listen: "127.0.0.1:${options.port}"
authorization { user: ${USER}, password: ${JSON.stringify(password)} }
${monitoring}jetstream {
  store_dir: ${JSON.stringify(join(options.folder, 'nats'))}
  max_file_store: ${options.fileStoreBytesMax}
  max_memory_store: ${options.memoryStoreBytesMax}
  # An acknowledged message is on the disk. The default flushes every two minutes.
  sync_interval: always
}
`;
}

/**
 * @returns the path of a server that is new enough: the one on PATH, else one fetched before, else one fetched now
 * @throws Error that says what to install
 */
export async function findNatsServer(onNotice?: NatsOptions['onNotice']): Promise<string> {
  const onPath = Bun.which('nats-server');
  const versionOnPath = onPath ? await readVersion(onPath) : undefined;
  if (onPath && versionOnPath && isNewEnough(versionOnPath)) return onPath;
  const osRelease = '/etc/os-release';
  const distribution = existsSync(osRelease)
    ? readDistribution(readFileSync(osRelease, 'utf8'))
    : undefined;
  const failures: string[] = [];
  if (distribution && Bun.which('apt-get')) {
    const fetched = await fetchNatsServer(distribution, failures, onNotice);
    if (fetched) return fetched;
  }
  throw new Error(
    [
      versionOnPath
        ? `The nats-server on PATH is ${versionOnPath}; Overseer needs ${NATS_VERSION_MIN} or newer.`
        : `No nats-server on PATH; Overseer needs one, ${NATS_VERSION_MIN} or newer.`,
      ...failures,
      'Install one (a single file, see the NATS documentation) or set NATS_URL to a server with JetStream.',
    ].join('\n'),
  );
}

async function fetchNatsServer(
  distribution: Distribution,
  failures: string[],
  onNotice: NatsOptions['onNotice'],
): Promise<string | undefined> {
  const suites = SUITES_WITH_SERVER[distribution.family];
  // Those of its own age or newer; of a release that the list doesn't know (an older one, mostly) all, then its own.
  const index = suites.indexOf(distribution.suite);
  const candidates = index < 0 ? [...suites, distribution.suite] : suites.slice(index);
  for (const suite of candidates) {
    const folder = join(toolsFolder, 'nats-server', suite);
    const path = join(folder, 'usr', 'sbin', 'nats-server');
    try {
      if (!existsSync(path)) {
        onNotice?.(`fetching nats-server from the packages of "${suite}"; nothing is installed`);
        await unpackPackage('nats-server', suite, distribution, folder);
      }
      const version = await readVersion(path);
      if (version && isNewEnough(version)) return path;
      failures.push(`That of "${suite}" is ${version ?? 'not runnable on this system'}.`);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      failures.push(`That of "${suite}" could not be fetched: ${reason}`);
    }
  }
  return undefined;
}

async function readVersion(path: string): Promise<string | undefined> {
  return parseNatsVersion((await runCommand([path, '--version'])).output);
}

/** @param output of `nats-server --version`: "nats-server: v2.10.27" */
export function parseNatsVersion(output: string): string | undefined {
  return /^nats-server: v?(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
}

export function isNewEnough(version: string): boolean {
  return Bun.semver.order(version, NATS_VERSION_MIN) >= 0;
}

/** A server greets every connection with a line of INFO, once its streams are recovered. */
async function servesJetStream(port: number): Promise<boolean> {
  const greeting = Promise.withResolvers<string>();
  let received = '';
  let socket: Bun.Socket | undefined;
  const timer = setTimeout(() => greeting.resolve(''), PROBE_DEADLINE_MS);
  try {
    socket = await Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: {
        data(_, chunk) {
          received += chunk.toString();
          if (received.includes('\n')) greeting.resolve(received);
        },
        close: () => greeting.resolve(''),
      },
    });
    const info = /^INFO (\{.*\})/.exec(await greeting.promise)?.[1];
    return info !== undefined && (JSON.parse(info) as { jetstream?: boolean }).jetstream === true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    socket?.end();
  }
}
