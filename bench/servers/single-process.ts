import { rmSync } from 'node:fs';
import {
  findProgram,
  type PackagedProgram,
  versionOfPackage,
} from '@overseer/local/packaged-program';
import { freePort, Running, temporaryFolder, waitUntil } from '@overseer/local/testing';
import { bytesOnDisk } from '../disk-usage.ts';
import type { WriteServer } from './write-server.ts';

const READY_DEADLINE_MS = 60_000;
const STOP_GRACE_MS = 20_000;
/** VictoriaMetrics' own figures are a second old. */
const COUNTED_DEADLINE_MS = 10_000;

/** What a server of one process differs by from another. */
export interface SingleProcess {
  readonly program: PackagedProgram;
  readonly promise: string;
  readonly share: number;
  /** @param port first of `PORTS` free ones */
  command(path: string, folder: string, ports: readonly number[]): string[];
  environment?(folder: string, ports: readonly number[]): Record<string, string>;
  /** Answers 200 or 204 when it is ready. */
  readonly healthPath: string;
  createDatabase(url: string, database: string): Promise<void>;
  /** Points that it has stored since it was started; it may lag behind. @throws when some were dropped */
  countPoints(url: string): Promise<number>;
  /** Lines of a measurement that a query finds now. */
  countLines(url: string, database: string, measurement: string): Promise<number>;
  /** Makes it write to the disk what it would write later. */
  flush?(url: string): Promise<void>;
}

/** Free ports that every program gets: for HTTP, and for whatever else it listens on. */
const PORTS = 2;

/**
 * Starts a server with its data in a temporary folder.
 * @throws ProgramMissingError
 */
export async function startSingleProcess(
  description: SingleProcess,
  notice: (line: string) => void,
): Promise<WriteServer> {
  const { program, promise, share, healthPath } = description;
  const path = await findProgram(program, notice);
  const folder = temporaryFolder();
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  const ports = Array.from({ length: PORTS }, freePort);
  const url = `http://127.0.0.1:${ports[0]}`;
  const environment = description.environment?.(folder, ports) ?? {};
  const running = await Running.start(
    {
      name: program.packageName,
      command: description.command(path, folder, ports),
      environment,
      stopSignal: 'SIGINT',
      deathSignal: 'SIGKILL',
      stopGraceMs: STOP_GRACE_MS,
      readyDeadlineMs: READY_DEADLINE_MS,
      isReady: () =>
        fetch(`${url}${healthPath}`).then(
          ({ ok }) => ok,
          () => false,
        ),
    },
    url,
    cleanUp,
  );
  let expected = 0;
  return {
    name: program.packageName,
    version: { [program.packageName]: versionOfPackage(program, path) },
    promise,
    get processes() {
      return { [program.packageName]: { processId: running.pid, memory: 'process' as const } };
    },
    share,
    writeUrl: (database) => `${url}/write?db=${encodeURIComponent(database)}`,
    createDatabase: (database) => description.createDatabase(url, database),
    isStoredLater: false,
    async stored(_database, lines) {
      expected += lines;
      await waitUntil(async () => (await description.countPoints(url)) >= expected, {
        what: `${program.packageName} to have counted ${expected} lines`,
        deadlineMs: COUNTED_DEADLINE_MS,
      });
    },
    async diskBytes() {
      await description.flush?.(url);
      return bytesOnDisk(folder);
    },
    countLines: (database, measurement) => description.countLines(url, database, measurement),
    crash: () => running.kill('SIGKILL'),
    restart: () => running.restart(),
    resume: () => running.kill('SIGCONT'),
    pause: () => running.kill('SIGSTOP'),
    [Symbol.asyncDispose]: () => running.stop(),
  };
}
