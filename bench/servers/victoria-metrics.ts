import { type SingleProcess, startSingleProcess } from './single-process.ts';

/** It makes a series of every field, and of a string a 0. */
const VICTORIA_METRICS: SingleProcess = {
  program: {
    name: 'victoria-metrics',
    packageName: 'victoria-metrics',
    path: 'usr/bin/victoria-metrics',
  },
  promise: 'in its memory; on the disk some seconds later',
  share: 0.25,
  command: (path, folder, [port]) => [
    path,
    `-httpListenAddr=127.0.0.1:${port}`,
    `-storageDataPath=${folder}/data`,
  ],
  healthPath: '/health',
  // It has no databases: the name becomes a label.
  createDatabase: async () => {},
  countPoints,
};

/** @param flags besides its own settings */
export function startVictoriaMetrics(
  notice: (line: string) => void,
  flags: readonly string[] = [],
) {
  const { command, ...rest } = VICTORIA_METRICS;
  return startSingleProcess(
    { ...rest, command: (...given) => [...command(...given), ...flags] },
    notice,
  );
}

/** Values, of which every line has at least one. @throws when some were left out */
async function countPoints(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  const sum = (pattern: RegExp) =>
    [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  const lost =
    sum(/^vm_rows_invalid_total\{type="influx"\} (\d+)$/gm) +
    sum(/^vm_rows_ignored_total\{.*\} (\d+)$/gm);
  if (lost > 0) throw new Error(`victoria-metrics has left out ${lost} rows`);
  return sum(/^vm_rows_inserted_total\{type="influx"\} (\d+)$/gm);
}
