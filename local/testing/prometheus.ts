/** Prometheus out of Debian's packages, for comparing answers: over samples that are there when it starts. */

import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mustRun } from '../command.ts';
import { findProgram, ProgramMissingError } from '../packaged-program.ts';
import { freePort } from './ports.ts';
import { Running } from './running.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PROMETHEUS = {
  name: 'prometheus',
  packageName: 'prometheus',
  path: 'usr/bin/prometheus',
} as const;

/** Whether there is one, or can be fetched. */
export async function hasPrometheus(): Promise<boolean> {
  try {
    await findProgram(PROMETHEUS, () => {});
    return true;
  } catch (error) {
    if (error instanceof ProgramMissingError) return false;
    throw error;
  }
}

/**
 * Starts one that has just these samples, of whatever time, and collects none.
 * @param samples in the OpenMetrics text format, up to its `# EOF`
 * @throws ProgramMissingError
 */
export async function startPrometheus(samples: string): Promise<Running> {
  const program = await findProgram(PROMETHEUS, () => {});
  const folder = temporaryFolder();
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  try {
    const [text, data, configuration] = ['samples', 'data', 'prometheus.yml'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    writeFileSync(text, samples);
    writeFileSync(configuration, '');
    const promtool = join(dirname(program), 'promtool');
    await mustRun([promtool, 'tsdb', 'create-blocks-from', 'openmetrics', text, data]);
    const address = `127.0.0.1:${freePort()}`;
    const url = `http://${address}`;
    return await Running.start(
      {
        name: 'prometheus',
        command: [
          program,
          `--config.file=${configuration}`,
          `--storage.tsdb.path=${data}`,
          // Old samples stay.
          '--storage.tsdb.retention.time=100y',
          `--web.listen-address=${address}`,
        ],
        stopSignal: 'SIGTERM',
        deathSignal: 'SIGKILL',
        stopGraceMs: 10_000,
        readyDeadlineMs: 30_000,
        isReady: () =>
          fetch(`${url}/-/ready`).then(
            ({ ok }) => ok,
            () => false,
          ),
      },
      url,
      cleanUp,
    );
  } catch (error) {
    cleanUp();
    throw error;
  }
}
