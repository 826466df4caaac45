import { ProgramMissingError } from '@overseer/local/packaged-program';
import type { BenchmarkContext } from './harness.ts';
import { startInfluxdb } from './servers/influxdb.ts';
import { startOverseer } from './servers/overseer.ts';
import { startVictoriaMetrics } from './servers/victoria-metrics.ts';
import type { WriteServer } from './servers/write-server.ts';

const OPTIONAL_SERVERS = {
  influxdb: startInfluxdb,
  'victoria-metrics': startVictoriaMetrics,
} as const;

/** Servers of line protocol beside each other, and what to say of them in the parameters of a result. */
export interface LineServers {
  /** Overseer first. */
  servers: readonly WriteServer[];
  parameters: Readonly<Record<string, string | number>>;
  versions: Record<string, string>;
}

/**
 * Starts Overseer, and the others that can be had; all but Overseer are held until they are resumed.
 * @param name of the benchmark, for whoever waits
 */
export async function startLineServers(
  started: AsyncDisposableStack,
  name: string,
  { progress }: BenchmarkContext,
): Promise<LineServers> {
  progress(`${name}: starting Overseer`);
  const servers: WriteServer[] = [started.use(await startOverseer())];
  const missing: Record<string, string> = {};
  for (const [other, start] of Object.entries(OPTIONAL_SERVERS)) {
    progress(`${name}: starting ${other}`);
    try {
      const server = started.use(await start((line) => progress(`${name}: ${line}`)));
      await server.pause();
      servers.push(server);
    } catch (error) {
      if (!(error instanceof ProgramMissingError)) throw error;
      progress(`${name}: ${other} is left out: ${error.message}`);
      missing[`${other} is left out`] = error.message;
    }
  }
  return {
    servers,
    parameters: {
      ...Object.fromEntries(servers.map(({ name, promise }) => [`204 of ${name}`, promise])),
      ...missing,
    },
    versions: Object.assign({}, ...servers.map(({ version }) => version)),
  };
}
