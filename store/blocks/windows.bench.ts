import { createLogger } from '@overseer/shared';
import { columnName } from '../catalogue.ts';
import { sealPartition } from '../partitions/sealing.ts';
import { evaluateRange, parseExpression, type SeriesSource } from '../promql/mod.ts';
import { unboundedBudget } from '../promql/testing/mod.ts';
import { SamplesAlone } from '../testing/samples-alone.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import { float } from '../testing/test-ingress.ts';
import { PostgresSeries } from './postgres-series.ts';

/**
 * Windows as PostgreSQL makes them against windows of samples, in turns: 1,000 hosts over six hours, a sample every 10 s.
 * `bun store/blocks/windows.bench.ts` prints medians, before the partitions are sealed and after.
 */

const HOSTS = 1000;
const HOURS = 6;
const HOUR_MS = 3_600_000;
const INTERVAL_S = 10;
const RUNS = 7;
/** Of the choice's own: shorter windows are read as samples both times. */
const RANGES_S = [200, 600, 3600, HOURS * 3600];
const HOSTS_ASKED = [1, 8, 100, HOSTS];
const FUNCTIONS = ['max', 'avg'];

const startMs = (Math.floor(Date.now() / HOUR_MS) - HOURS - 1) * HOUR_MS;

/** Makes the hosts, and their rows by SQL. */
async function fill(stored: StoredPoints): Promise<void> {
  const points = Array.from({ length: HOSTS }, (_, host) => ({
    database: 'db',
    measurement: 'cpu',
    tags: { host: `${host}` },
    fields: { value: float(0) },
    timeNs: BigInt(startMs) * 1_000_000n,
  }));
  const [first] = points;
  if (!first) throw new Error('no hosts');
  await stored.prepare([first]);
  for (const point of points) await stored.register(stored.database, point);
  const table = stored.table(first);
  for (let hour = 0; hour <= HOURS; hour++) {
    await stored.partitions.ensure(table, [startMs / 1000 + hour * 3600]);
  }
  const [field] = table.fields.values();
  if (!field) throw new Error('no field');
  await stored.database.unsafe(`
    INSERT INTO ${table.name} (time, series, ${columnName(field)})
    SELECT to_timestamp(${startMs / 1000} + second), id, floor(random() * 100)
    FROM generate_series(0, ${HOURS * 3600 - 1}, ${INTERVAL_S}) second, overseer.series
    ORDER BY second`);
  await stored.database.unsafe('ANALYZE');
}

/** @returns milliseconds */
async function timeOf(text: string, rangeS: number, source: SeriesSource): Promise<number> {
  const stepMs = rangeS * 1000;
  const grid = { startMs: startMs + stepMs, stepMs, count: (HOURS * 3600) / rangeS };
  const budget = unboundedBudget();
  const options = { db: 'db', source, budget, lookbackMs: 300_000, seriesMax: HOSTS };
  const startedMs = performance.now();
  for await (const _ of evaluateRange(parseExpression(text), grid, options));
  return performance.now() - startedMs;
}

const medianOf = (times: readonly number[]) =>
  times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

async function compare(stored: StoredPoints, state: string): Promise<void> {
  const source = await PostgresSeries.open(stored.database, createLogger('bench'));
  for (const hosts of HOSTS_ASKED) {
    const pattern = Array.from({ length: hosts }, (_, host) => host).join('|');
    for (const rangeS of RANGES_S) {
      for (const name of FUNCTIONS) {
        const text = `${name}_over_time(cpu{host=~"${pattern}"}[${rangeS}s])`;
        const samples: number[] = [];
        const windows: number[] = [];
        for (let run = 0; run < RUNS; run++) {
          samples.push(await timeOf(text, rangeS, new SamplesAlone(source)));
          windows.push(await timeOf(text, rangeS, source));
        }
        const [samplesMs, windowsMs] = [medianOf(samples), medianOf(windows)];
        console.log(
          `${state} ${name} of ${hosts} hosts, ${rangeS} s: samples ${samplesMs.toFixed(1)} ms, windows ${windowsMs.toFixed(1)} ms, ${(samplesMs / windowsMs).toFixed(2)} times`,
        );
      }
    }
  }
}

if (import.meta.main) {
  const stored = await StoredPoints.start();
  try {
    await fill(stored);
    await compare(stored, 'hot');
    const partitions = await stored.database`SELECT name FROM overseer.partitions`;
    for (const { name } of partitions) {
      const unsealed = { name, hasNs: false, bytes: 0 };
      const { signal } = new AbortController();
      await sealPartition(stored.database, unsealed, createLogger('bench'), signal);
    }
    await compare(stored, 'sealed');
  } finally {
    await stored.stop();
  }
}
