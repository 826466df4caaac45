import { createDatabase } from './overseer.ts';
import { type SingleProcess, startSingleProcess } from './single-process.ts';

/** InfluxDB 1.x with the settings that it has without a file, and without a log line a request. */
const INFLUXDB: SingleProcess = {
  program: { name: 'influxd', packageName: 'influxdb', path: 'usr/bin/influxd' },
  promise: 'in its log, synced to the disk',
  share: 0.2,
  command: (path) => [path, '-config', '/dev/null'],
  environment: (folder, [port, rpcPort]) => ({
    INFLUXDB_REPORTING_DISABLED: 'true',
    INFLUXDB_HTTP_LOG_ENABLED: 'false',
    INFLUXDB_META_DIR: `${folder}/meta`,
    INFLUXDB_DATA_DIR: `${folder}/data`,
    INFLUXDB_DATA_WAL_DIR: `${folder}/wal`,
    INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
    INFLUXDB_BIND_ADDRESS: `127.0.0.1:${rpcPort}`,
  }),
  healthPath: '/ping',
  createDatabase,
  countPoints,
  countLines,
};

export function startInfluxdb(notice: (line: string) => void) {
  return startSingleProcess(INFLUXDB, notice);
}

/** The greatest count of a field: every line of the loads has all fields of its measurement. */
async function countLines(url: string, database: string, measurement: string): Promise<number> {
  const parameters = new URLSearchParams({
    db: database,
    q: `SELECT count(*) FROM "${measurement}"`,
  });
  const response = await fetch(`${url}/query?${parameters}`);
  const { results } = (await response.json()) as {
    results: { error?: string; series?: { values: [time: string, ...counts: number[]][] }[] }[];
  };
  if (results[0]?.error !== undefined) throw new Error(`not counted: ${results[0].error}`);
  const [, ...counts] = results[0]?.series?.[0]?.values[0] ?? [''];
  return Math.max(0, ...counts);
}

/** @throws when points were dropped */
async function countPoints(url: string): Promise<number> {
  const response = await fetch(`${url}/debug/vars`);
  const groups = Object.values((await response.json()) as Record<string, Statistics>);
  const values = groups.find(({ name }) => name === 'httpd')?.values;
  if (values?.pointsWrittenOK === undefined)
    throw new Error(`${url}/debug/vars tells of no points that were written`);
  const lost = (values.pointsWrittenDropped ?? 0) + (values.pointsWrittenFail ?? 0);
  if (lost > 0) throw new Error(`influxdb has dropped ${lost} points`);
  return values.pointsWrittenOK;
}

interface Statistics {
  name?: string;
  values?: Record<string, number>;
}
