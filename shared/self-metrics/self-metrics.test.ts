import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, waitUntil } from '@overseer/local/testing';
import { createLogger, type Logger } from '../log.ts';
import { Meter } from '../meter.ts';
import { Metrics } from '../metrics.ts';
import { readSettings } from '../settings.ts';
import { type SelfMetrics, startSelfMetrics } from './self-metrics.ts';
import { SELF_METRICS_SETTINGS } from './settings.ts';

const deadlineMs = 30_000;

/** A stand-in for ingress that answers as it is told, or not at all. */
class FakeIngress {
  status = 204;
  isSilent = false;
  readonly requests: { readonly url: string; readonly token: string | null; body: string }[] = [];
  /** Requests that are open at the same time, at the most. */
  openMax = 0;
  #open = 0;
  readonly #server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      this.openMax = Math.max(this.openMax, ++this.#open);
      const body = await request.text();
      this.requests.push({ url: request.url, token: request.headers.get('authorization'), body });
      if (this.isSilent) await new Promise((resolve) => (request.signal.onabort = resolve));
      this.#open--;
      return new Response(this.status === 204 ? null : 'why', { status: this.status });
    },
  });
  readonly url = `http://127.0.0.1:${this.#server.port}`;

  stop(): Promise<void> {
    return this.#server.stop(true);
  }
}

describe('own metrics', () => {
  let ingress: FakeIngress;
  let registry: Metrics;
  let said: string[];
  let written: SelfMetrics | undefined;

  beforeEach(() => {
    ingress = new FakeIngress();
    registry = new Metrics();
    said = [];
    new Meter(registry, 'overseer_test_').counter('events_total', 'Events').inc(1);
  });

  afterEach(async () => {
    await written?.stop();
    await ingress.stop();
  });

  function start(environment: Readonly<Record<string, string>> = {}): void {
    const log = createLogger('test');
    const note = (_details: unknown, message: string) => void said.push(message);
    written = startSelfMetrics(
      readSettings(SELF_METRICS_SETTINGS, {
        INGRESS_URL: ingress.url,
        SELF_METRICS_INTERVAL: '1s',
        ...environment,
      }),
      {
        service: 'test',
        instance: 'here',
        registry,
        log: Object.assign(Object.create(log) as Logger, { warn: note, info: note }),
      },
    );
  }

  const requested = (count: number) =>
    waitUntil(() => ingress.requests.length >= count, { what: `${count} writes`, deadlineMs });

  async function counted(name: string): Promise<number> {
    const metric = await registry.getSingleMetric(`overseer_self_metrics_${name}`)?.get();
    return metric?.values[0]?.value ?? 0;
  }

  test('written - into the database _overseer, the same series each time', async () => {
    start({ SELF_METRICS_TOKEN: 'secret' });
    await requested(3);
    const [first, second] = ingress.requests.map(({ url, token, body }) => {
      const { pathname, search } = new URL(url);
      return { target: pathname + search, token, series: body.match(/^[^ ]+(?= )/gm) };
    });
    expect(first).toEqual({
      target: '/write?db=_overseer&precision=ms',
      token: 'Token secret',
      series: ['overseer_test,instance=here', 'overseer,instance=here'],
    });
    expect(second).toEqual(first);
    const times = ingress.requests.map(({ body }) => Number(/ (\d+)\n/.exec(body)?.[1]) % 1000);
    expect(new Set(times)).toEqual(new Set([0]));
    await waitUntil(async () => (await counted('lines_total')) >= 6, { what: 'lines', deadlineMs });
    expect(await counted('dropped_lines_total')).toBe(0);
    expect(said).toEqual([]);
  });

  test('refused - left out, counted, said once, and said when it is over', async () => {
    ingress.status = 503;
    start();
    await requested(4);
    expect(said).toHaveLength(1);
    expect(said[0]).toStartWith('own metrics can’t be written');
    expect(await counted('failed_writes_total')).toBeGreaterThanOrEqual(3);
    expect(await counted('dropped_lines_total')).toBeGreaterThanOrEqual(6);
    ingress.status = 204;
    const before = ingress.requests.length;
    await waitUntil(() => said.length === 2, { what: 'the recovery to be said', deadlineMs });
    expect(said[1]).toBe('own metrics are written again');
    // Nothing was kept: each write is the figures of one moment.
    expect(ingress.requests.at(before)?.body.match(/\n/g)).toHaveLength(2);
  });

  test('token refused - shown ever less often, said once with what to do, and a new one at once', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'token');
    const failed = (count: number) =>
      waitUntil(async () => (await counted('failed_writes_total')) >= count, {
        what: `${count} writes to fail`,
        deadlineMs,
      });
    try {
      writeFileSync(path, 'wrong\n');
      ingress.status = 401;
      start({ SELF_METRICS_TOKEN_FILE: path });
      // In seconds, and the pauses are one, two and four of them.
      await failed(6);
      expect(ingress.requests.length).toBeLessThanOrEqual(4);
      expect(await counted('dropped_lines_total')).toBeGreaterThanOrEqual(12);
      expect(said).toHaveLength(1);
      expect(said[0]).toContain('SELF_METRICS_TOKEN');
      ingress.status = 204;
      writeFileSync(path, 'right\n');
      await waitUntil(() => said.length === 2, { what: 'the recovery to be said', deadlineMs });
      expect(ingress.requests.at(-1)?.token).toBe('Token right');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('no answer - one write at a time, given up in time for the next', async () => {
    ingress.isSilent = true;
    start();
    await requested(3);
    expect(ingress.openMax).toBe(1);
    expect(await counted('failed_writes_total')).toBeGreaterThanOrEqual(2);
  });

  test('nobody there - a stop does not wait', async () => {
    await ingress.stop();
    start();
    await waitUntil(async () => (await counted('failed_writes_total')) > 0, {
      what: 'a write to fail',
      deadlineMs,
    });
    await written?.stop();
    expect(said.length).toBeLessThanOrEqual(1);
  });

  test('token in a file - read for each write', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'token');
    try {
      writeFileSync(path, 'first\n');
      start({ SELF_METRICS_TOKEN_FILE: path });
      await requested(1);
      writeFileSync(path, 'second\n');
      await waitUntil(() => ingress.requests.at(-1)?.token === 'Token second', {
        what: 'the new token',
        deadlineMs,
      });
      expect(ingress.requests[0]?.token).toBe('Token first');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('SELF_METRICS=off - nothing is written, nor counted', async () => {
    start({ SELF_METRICS: 'off' });
    expect(registry.getSingleMetric('overseer_self_metrics_lines_total')).toBeUndefined();
    await written?.stop();
    expect(ingress.requests).toEqual([]);
  });
});
