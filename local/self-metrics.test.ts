import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { createToken, digestOfToken, formatTokenLine, TokenGrant } from '@overseer/shared/access';
import { SYSTEM_DATABASE } from '@overseer/shared/system-database';
import {
  createCertificate,
  Samples,
  TestOverseer,
  temporaryFolder,
  waitUntil,
  writeCertificate,
} from './testing/mod.ts';

const deadlineMs = 60_000;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

describe('own metrics of a whole Overseer', () => {
  let overseer: TestOverseer;

  beforeAll(async () => {
    overseer = await TestOverseer.start({
      environment: { SELF_METRICS: 'on', SELF_METRICS_INTERVAL: '1s' },
    });
  });

  afterAll(() => overseer?.stop());

  async function query(expression: string): Promise<readonly Series[]> {
    const url = new URL(`/db/${SYSTEM_DATABASE}/api/v1/query`, overseer.frontendUrl);
    url.searchParams.set('query', expression);
    const response = await fetch(url);
    const text = await response.text();
    if (!response.ok) throw new Error(`${expression}: ${response.status} ${text}`);
    return JSON.parse(text).data.result;
  }

  const untilThere = (expression: string, isWanted: (series: readonly Series[]) => boolean) =>
    waitUntil(async () => isWanted(await query(expression)), { what: expression, deadlineMs });

  test('each service - has its figures in _overseer, under the names that they have at /metrics', async () => {
    for (const service of ['ingress', 'store', 'processor', 'frontend']) {
      await untilThere(`process_resident_memory_bytes{service="${service}"}`, ([series]) =>
        Boolean(series && Number(series.value[1]) > 1e6),
      );
    }
    // What has never counted is left out.
    await untilThere('overseer_ingress_lines_total', ([series]) => series !== undefined);
    const [lines] = await query('overseer_ingress_lines_total');
    expect(lines?.metric).toEqual({
      __name__: 'overseer_ingress_lines_total',
      service: 'ingress',
      instance: expect.stringMatching(/^.+:\d+$/),
    });
    await untilThere(
      'rate(overseer_ingress_lines_total[1m])',
      ([series]) => Number(series?.value[1]) > 0,
    );
    await untilThere(
      'sum by (le) (rate(overseer_store_commit_seconds_bucket[1m]))',
      (buckets) => buckets.length > 5,
    );
  });

  test('the database - is listed as InfluxDB lists its own', async () => {
    const url = `${overseer.ingressUrl}/query?q=${encodeURIComponent('SHOW DATABASES')}`;
    expect(await (await fetch(url)).text()).toContain(SYSTEM_DATABASE);
  });

  test('each write - has as many lines as the one before', async () => {
    const { url } = overseer.processes.processor;
    const counts: number[] = [];
    // What is counted for the first time in a life is a new series, once.
    const isSteady = () => {
      const [a = 0, b = 1, c = 2, d = 4] = counts.slice(-4);
      return b - a === c - b && c - b === d - c;
    };
    await waitUntil(
      async () => {
        const count = (await Samples.of(url)).value('overseer_self_metrics_lines_total');
        if (count !== counts.at(-1)) counts.push(count);
        return isSteady();
      },
      { what: 'three writes that are as large', deadlineMs },
    );
  });

  test('ingress away - the others go on, leave out what they can’t write, and say so once', async () => {
    const { ingress, store, frontend } = overseer.processes;
    const countLines = async (kind: 'lines' | 'dropped_lines') =>
      (await Samples.of(store.url)).value(`overseer_self_metrics_${kind}_total`);
    const untilMore = async (kind: 'lines' | 'dropped_lines') => {
      const before = await countLines(kind);
      await waitUntil(async () => (await countLines(kind)) > before, {
        what: `more ${kind}`,
        deadlineMs,
      });
    };
    const countSaid = (text: string) => store.lines.filter((line) => line.includes(text)).length;
    const countOutages = () => countSaid('own metrics can’t be written');
    const countRecoveries = () => countSaid('are written again');
    // While all of them start, and on a busy machine, writes may have failed before.
    await untilMore('lines');
    const before = { outages: countOutages(), recoveries: countRecoveries() };
    await ingress.kill();
    for (let writes = 0; writes < 4; writes++) await untilMore('dropped_lines');
    expect(countOutages()).toBe(before.outages + 1);
    await ingress.restart();
    await waitUntil(() => countRecoveries() > before.recoveries, {
      what: 'the store to say that it writes again',
      deadlineMs,
    });
    expect(countOutages()).toBe(before.outages + 1);
    expect((await fetch(`${frontend.url}/ready`)).status).toBe(200);
  });
});

test('ingress with HTTPS, tokens and several workers - writes for all of them, to itself', async () => {
  const folder = temporaryFolder();
  const token = createToken();
  const grant = new TokenGrant('all', digestOfToken(token), new Set(['read', 'write']), '*');
  try {
    const { cert, key } = writeCertificate(folder, createCertificate('elsewhere.example'));
    await using overseer = await TestOverseer.start({
      environment: {
        SELF_METRICS: 'on',
        SELF_METRICS_INTERVAL: '1s',
        SELF_METRICS_TOKEN: token,
        TOKENS: formatTokenLine(grant),
        INGRESS_WORKERS: '2',
        TLS_CERT: cert,
        TLS_KEY: key,
      },
    });
    const url = new URL(`/db/${SYSTEM_DATABASE}/api/v1/query`, overseer.frontendUrl);
    url.searchParams.set('query', 'count by (worker) (overseer_ingress_ready)');
    const workers = async () => {
      const response = await fetch(url, {
        headers: { authorization: `Bearer ${token}` },
        tls: { rejectUnauthorized: false },
      });
      const { data } = (await response.json()) as { data: { result: readonly Series[] } };
      return data.result.map(({ metric }) => metric.worker).toSorted();
    };
    await waitUntil(async () => Bun.deepEquals(await workers(), ['1', '2']), {
      what: 'the metrics of both workers',
      deadlineMs,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
