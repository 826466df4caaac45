/** Everything that `npm start` runs, on one data folder. */
import { reachable } from '@overseer/shared/reachable';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { type Instance, removeInstance, writeInstance } from './instance-file.ts';
import { prepareNats } from './nats-server.ts';
import { prepareOwnToken } from './own-token.ts';
import { freePort, isPortFree } from './ports.ts';
import { preparePostgres } from './postgres.ts';
import { defaultPostgresSettings } from './postgres-settings.ts';
import { prepareService, schemeOf } from './services.ts';
import type { LocalSettings } from './settings.ts';
import { Supervisor } from './supervisor.ts';

/** The operator's mistake: Overseer refuses to start. The message says what to do. */
export class SetUpError extends Error {
  override name = 'SetUpError';
}

export type Print = (name: string, line: string) => void;

export class Overseer {
  readonly #supervisor: Supervisor;
  #starting: Promise<Instance> | undefined;
  #stopping: Promise<void> | undefined;

  private constructor(
    private readonly settings: LocalSettings,
    private readonly lock: FolderLock,
    private readonly print: Print,
  ) {
    this.#supervisor = new Supervisor({ print, inheritedFile: lock.file });
  }

  /**
   * Checks that nothing is in the way and takes the data folder. Starts nothing yet.
   * @throws FolderLockedError, SetUpError
   */
  static async prepare(settings: LocalSettings, print: Print): Promise<Overseer> {
    checkTools();
    const lock = await lockFolder(settings.dataFolder, (line) => print('overseer', line));
    try {
      checkPorts(settings);
    } catch (error) {
      lock.release();
      throw error;
    }
    return new Overseer(settings, lock, print);
  }

  /**
   * Starts everything and waits until it is ready.
   * @returns how to reach it
   * @throws Error when a part can't get ready; the others are stopped by then
   */
  start(): Promise<Instance> {
    this.#starting ??= this.#startAll();
    return this.#starting;
  }

  async #startAll(): Promise<Instance> {
    const { settings } = this;
    const postgresStart = this.#startPostgres();
    const natsStart = this.#startNats();
    await this.#together([postgresStart, natsStart]);
    const database = await postgresStart;
    const natsUrl = await natsStart;
    const ingressPort = settings.ingressPort || freePort();
    const storePort = settings.storePort || freePort();
    const processorPort = settings.processorPort || freePort();
    const frontendPort = settings.frontendPort || freePort();
    const ingressUrl = `${schemeOf('ingress', {})}://${reachable(settings.ingressHost)}:${ingressPort}`;
    const ownToken = prepareOwnToken(settings);
    const environment = {
      ...ownToken.services,
      DATABASE_URL: database.socketUrl,
      // Of a PostgreSQL of the user's own, only he knows where it lies.
      ...(settings.databaseUrl ? {} : { DATABASE_FOLDER: settings.dataFolder }),
      NATS_URL: natsUrl,
      INGRESS_HOST: settings.ingressHost,
      INGRESS_PORT: String(ingressPort),
      INGRESS_URL: ingressUrl,
      STORE_HOST: settings.storeHost,
      STORE_PORT: String(storePort),
      PROCESSOR_HOST: settings.processorHost,
      PROCESSOR_PORT: String(processorPort),
      FRONTEND_HOST: settings.frontendHost,
      FRONTEND_PORT: String(frontendPort),
      WRITE_URL: ingressUrl,
    };
    // Together: the others get ready when they have seen the streams, which the store makes, and heard it answer.
    await this.#together([
      this.#startReported(prepareService('store', environment)),
      this.#startReported(prepareService('ingress', environment)),
      this.#startReported(prepareService('processor', environment)),
      this.#startReported(prepareService('frontend', environment)),
    ]);
    if (settings.collector === 'on') {
      await this.#startReported(
        prepareService('collector', { ...environment, ...ownToken.collector }),
      );
    }
    const instance = {
      processId: process.pid,
      ingressUrl,
      pageUrl: `${schemeOf('frontend', {})}://${reachable(settings.frontendHost)}:${frontendPort}`,
      storeUrl: `http://${reachable(settings.storeHost)}:${storePort}`,
      processorUrl: `http://${reachable(settings.processorHost)}:${processorPort}`,
      natsUrl,
      databaseUrl: database.url,
    };
    writeInstance(settings.dataFolder, instance);
    return instance;
  }

  /** Stops everything, in reverse order, then gives the data folder back. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      await this.#supervisor.stop();
      // What is not a process of its own yet, such as a download, ends by itself.
      await this.#starting?.catch(() => {});
      removeInstance(this.settings.dataFolder);
      this.lock.release();
    })();
    return this.#stopping;
  }

  /** Ends everything at once. No data is lost by it; the next start takes longer. */
  kill(): void {
    this.#supervisor.kill();
  }

  /** Waits for all; when one fails, stops the others and waits until they have given up. */
  async #together(starts: readonly Promise<unknown>[]): Promise<void> {
    try {
      await Promise.all(starts);
    } catch (error) {
      await this.#supervisor.stop();
      await Promise.allSettled(starts);
      throw error;
    }
  }

  /** The server for others, and for the services, which may be nearer to it. */
  async #startPostgres(): Promise<{ readonly url: string; readonly socketUrl: string }> {
    const { settings } = this;
    const { databaseUrl } = settings;
    if (databaseUrl) return { url: databaseUrl, socketUrl: databaseUrl };
    const server = await preparePostgres({
      folder: settings.dataFolder,
      port: settings.postgresPort || freePort(),
      settings: defaultPostgresSettings,
      onNotice: (line) => this.print('postgres', line),
    });
    await this.#startReported(server);
    return server;
  }

  async #startNats(): Promise<string> {
    const { settings } = this;
    if (settings.natsUrl) return settings.natsUrl;
    const server = await prepareNats({
      folder: settings.dataFolder,
      port: settings.natsPort || freePort(),
      fileStoreBytesMax: settings.natsFileStoreBytesMax,
      memoryStoreBytesMax: settings.natsMemoryStoreBytesMax,
      ...(settings.natsMonitoringPort ? { monitoringPort: settings.natsMonitoringPort } : {}),
      onNotice: (line) => this.print('nats', line),
    });
    await this.#startReported(server);
    return server.url;
  }

  async #startReported(program: Parameters<Supervisor['start']>[0]): Promise<void> {
    this.print(program.name, 'starting');
    await this.#supervisor.start(program);
    this.print(program.name, 'is ready');
  }
}

/** Linux's own tools that hold the processes together. */
function checkTools(): void {
  if (process.platform !== 'linux') {
    throw new SetUpError(`Overseer's local set-up runs on Linux; this is ${process.platform}.`);
  }
  const missing = ['setpriv', 'unshare', 'flock'].filter((tool) => !Bun.which(tool));
  if (missing.length > 0) {
    throw new SetUpError(`Install util-linux: ${missing.join(', ')} not found on PATH.`);
  }
}

/** @throws SetUpError naming every port that is taken, and the settings that choose others */
function checkPorts(settings: LocalSettings): void {
  const wanted = [
    { setting: 'INGRESS_PORT', host: settings.ingressHost, port: settings.ingressPort },
    { setting: 'STORE_PORT', host: settings.storeHost, port: settings.storePort },
    { setting: 'PROCESSOR_PORT', host: settings.processorHost, port: settings.processorPort },
    { setting: 'FRONTEND_PORT', host: settings.frontendHost, port: settings.frontendPort },
    ...(settings.databaseUrl
      ? []
      : [{ setting: 'POSTGRES_PORT', host: '127.0.0.1', port: settings.postgresPort }]),
    ...(settings.natsUrl
      ? []
      : [
          { setting: 'NATS_PORT', host: '127.0.0.1', port: settings.natsPort },
          { setting: 'NATS_MONITORING_PORT', host: '127.0.0.1', port: settings.natsMonitoringPort },
        ]),
  ];
  const taken = wanted.filter(({ host, port }) => port !== 0 && !isPortFree(host, port));
  if (taken.length === 0) return;
  const lines = taken.map(
    ({ setting, host, port }) =>
      `Port ${port} of ${host} is taken by another program. End that program, or choose another ` +
      `port: ${setting}=${port + 1000}`,
  );
  throw new SetUpError(lines.join('\n'));
}
