/** A Docker engine: the one that can be reached, or one of our own out of Debian's packages. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDistribution, unpackPackages } from '@overseer/local/apt';
import { Child } from '@overseer/local/child';
import { runCommand } from '@overseer/local/command';
import { toolsFolder } from '@overseer/local/project';
import { temporaryFolder } from '@overseer/local/testing';

const SYSTEM_SOCKET = '/var/run/docker.sock';

/** The engine and what it starts; all else that Debian's package wants is for machines that it is installed on. */
const PACKAGES = ['docker.io', 'containerd', 'runc', 'libdevmapper1.02.1'];

/** Addresses of networks, far from those that machines and engines usually have. One that is taken is passed over. */
const NETWORK_POOL = 'base=172.30.96.0/20,size=24';

const READY_DEADLINE_MS = 60_000;
/** It ends its containers first. */
const STOP_GRACE_MS = 30_000;

/** There is no engine, and none can be started; the message says why. */
export class EngineMissingError extends Error {
  override name = 'EngineMissingError';
}

/** A Docker engine, and the client that talks to it. */
export class Engine implements AsyncDisposable {
  private constructor(
    /** As DOCKER_HOST has it. */
    readonly host: string,
    /** Whether we started it: then it has no images, and reaches no registry. */
    readonly isOwn: boolean,
    private readonly client: string,
    private readonly end: () => Promise<void>,
  ) {}

  /**
   * Finds an engine that answers, else starts one.
   * @param notice told before something is fetched
   * @throws EngineMissingError
   */
  static async open(notice: (line: string) => void): Promise<Engine> {
    return (await Engine.#find()) ?? (await Engine.#start(notice));
  }

  static async #find(): Promise<Engine | undefined> {
    const named = process.env.DOCKER_HOST;
    if (!named && !existsSync(SYSTEM_SOCKET)) return undefined;
    const client = Bun.which('docker');
    const host = named || `unix://${SYSTEM_SOCKET}`;
    if (!client) {
      throw new EngineMissingError(
        `there is a Docker engine at ${host}, but no docker on PATH to ask it`,
      );
    }
    const engine = new Engine(host, false, client, () => Promise.resolve());
    await engine.docker(['version']).catch((cause: unknown) => {
      throw new EngineMissingError(`the Docker engine at ${host} does not answer`, { cause });
    });
    return engine;
  }

  static async #start(notice: (line: string) => void): Promise<Engine> {
    const programs = await fetchEngine(notice);
    const folder = temporaryFolder();
    const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    const host = `unix://${join(folder, 'docker.sock')}`;
    try {
      const client = join(programs, 'usr/bin/docker');
      const child = await Child.start({
        name: 'dockerd',
        command: [join(programs, 'usr/sbin/dockerd'), ...engineOptions(folder, host)],
        environment: {
          PATH: [join(programs, 'usr/bin'), join(programs, 'usr/sbin'), process.env.PATH].join(':'),
          LD_LIBRARY_PATH: libraryFolders(programs).join(':'),
        },
        stopSignal: 'SIGTERM',
        deathSignal: 'SIGTERM',
        stopGraceMs: STOP_GRACE_MS,
        readyDeadlineMs: READY_DEADLINE_MS,
        isReady: async () =>
          existsSync(join(folder, 'docker.sock')) && (await answers(client, host)),
      });
      const end = async () => {
        // The engine leaves bridges of its networks behind, whose addresses would lead the next one's packets astray.
        if (child.isRunning) await removeContainersAndNetworks(client, host);
        await child.stop();
        removeFolder();
      };
      await child.ready().catch(async (error: unknown) => {
        await end();
        throw error;
      });
      return new Engine(host, true, client, end);
    } catch (cause) {
      removeFolder();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EngineMissingError(`a Docker engine can't be started here: ${reason}`, { cause });
    }
  }

  /**
   * Runs the client to its end.
   * @param input for its standard input: text, or what another program prints
   * @returns what it printed
   * @throws Error with the end of what it printed
   */
  async docker(args: readonly string[], input?: ReadableStream): Promise<string> {
    const child = Bun.spawn([this.client, ...args], {
      env: { ...process.env, DOCKER_HOST: this.host, DOCKER_BUILDKIT: '1' },
      stdin: input ?? 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [output, errors, code] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    if (code === 0) return output;
    const said = (errors || output).trim().split('\n').slice(-30).join('\n');
    throw new Error(`"docker ${args.slice(0, 2).join(' ')} …" failed:\n${said}`);
  }

  async has(image: string): Promise<boolean> {
    return (await this.docker(['image', 'ls', '--quiet', image])).trim() !== '';
  }

  /** Ends the engine with all that runs in it and removes its data, if it is ours. */
  stop(): Promise<void> {
    return this.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** The folder that the packages are unpacked into. */
async function fetchEngine(notice: (line: string) => void): Promise<string> {
  if (process.getuid?.() !== 0) {
    throw new EngineMissingError('there is no Docker engine, and only root can start one');
  }
  const osRelease = '/etc/os-release';
  const distribution = existsSync(osRelease)
    ? readDistribution(readFileSync(osRelease, 'utf8'))
    : undefined;
  if (distribution?.family !== 'debian' || !Bun.which('apt-get')) {
    throw new EngineMissingError('there is no Docker engine, and no Debian to fetch one from');
  }
  const folder = join(toolsFolder, 'docker.io', distribution.suite);
  if (existsSync(folder)) return folder;
  notice(`fetching docker.io from the packages of "${distribution.suite}"; nothing is installed`);
  try {
    await unpackPackages(PACKAGES, distribution.suite, distribution, folder);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineMissingError(`docker.io can't be fetched: ${reason}`, { cause });
  }
  return folder;
}

/**
 * Nothing of the machine's network changes but for a bridge for each network that is made: no rules, no forwarding, no way out.
 * Published ports are on the loopback alone, by the engine's own proxy. Several such engines don't meet.
 */
function engineOptions(folder: string, host: string): string[] {
  const dataFolder = join(folder, 'data');
  const configuration = join(folder, 'daemon.json');
  mkdirSync(dataFolder);
  // Not the system's, which may say otherwise.
  writeFileSync(configuration, '{}');
  return [
    `--host=${host}`,
    `--data-root=${dataFolder}`,
    `--exec-root=${join(folder, 'exec')}`,
    `--pidfile=${join(folder, 'docker.pid')}`,
    `--config-file=${configuration}`,
    '--bridge=none',
    `--default-address-pool=${NETWORK_POOL}`,
    '--ip=127.0.0.1',
    '--iptables=false',
    '--ip6tables=false',
    '--ip-masq=false',
    '--ip-forward=false',
    '--log-level=warn',
  ];
}

/** Debian's folders of libraries for this kind of machine. */
function libraryFolders(root: string): string[] {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  return ['lib', 'usr/lib'].map((folder) => join(root, folder, `${machine}-linux-gnu`));
}

/** Of an engine of our own alone. As far as it answers: one that does not is ended all the same. */
async function removeContainersAndNetworks(client: string, host: string): Promise<void> {
  const ask = async (args: readonly string[]) =>
    (await runCommand([client, '--host', host, ...args])).output.split('\n').filter(Boolean);
  const containers = await ask(['ps', '--all', '--quiet']);
  if (containers.length > 0) await ask(['rm', '--force', '--volumes', ...containers]);
  await ask(['network', 'prune', '--force']);
}

async function answers(client: string, host: string): Promise<boolean> {
  const child = Bun.spawn([client, '--host', host, 'version'], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  return (await child.exited) === 0;
}
