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
  countLines,
  flush: async (url) => void (await fetch(`${url}/internal/force_flush`)),
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

/** Samples of one field: every line of the loads has all fields of its measurement. */
async function countLines(url: string, _database: string, measurement: string): Promise<number> {
  await fetch(`${url}/internal/force_flush`);
  const matched = `{__name__=~"${measurement}_.+"}`;
  const parameters = new URLSearchParams({
    query: `max(sum(count_over_time(${matched}[10y])) by (__name__))`,
    nocache: '1',
  });
  const response = await fetch(`${url}/api/v1/query?${parameters}`);
  const answer = (await response.json()) as {
    error?: string;
    data?: { result: { value: [number, string] }[] };
  };
  if (answer.data === undefined) throw new Error(`not counted: ${answer.error}`);
  return Number(answer.data.result[0]?.value[1] ?? 0);
}
