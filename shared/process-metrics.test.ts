import { expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { createLogger } from './log.ts';
import { createMetrics } from './metrics.ts';
import { VERSION } from './version.ts';

const deadlineMs = 20_000;

async function read(metrics: ReturnType<typeof createMetrics>, name: string) {
  const [metric] = (await metrics.getMetricsAsJSON()).filter((one) => name.startsWith(one.name));
  const values = metric?.values ?? [];
  return values.find((one) => ((one as { metricName?: string }).metricName ?? name) === name)
    ?.value as number;
}

test('process metrics - are of this process', async () => {
  const metrics = createMetrics('test');
  const { rss } = process.memoryUsage();
  const resident = await read(metrics, 'process_resident_memory_bytes');
  expect(resident / rss).toBeWithin(0.5, 2);
  const startedAgo = Date.now() / 1000 - (await read(metrics, 'process_start_time_seconds'));
  expect(Math.abs(startedAgo - process.uptime())).toBeLessThan(2);
  expect(await read(metrics, 'process_max_fds')).toBeGreaterThan(0);
  const build = (await metrics.getMetricsAsJSON()).find(
    ({ name }) => name === 'overseer_build_info',
  );
  expect(build?.values[0]?.labels).toEqual({
    version: VERSION,
    bun: Bun.version,
    service: 'test',
  });
});

test('CPU time - grows by what is used, however often it is read', async () => {
  const metrics = createMetrics('test');
  const before = await read(metrics, 'process_cpu_seconds_total');
  const { user, system } = process.cpuUsage();
  const usedSeconds = () => {
    const now = process.cpuUsage();
    return (now.user - user + now.system - system) / 1e6;
  };
  while (usedSeconds() < 0.2) await read(metrics, 'process_cpu_seconds_total');
  const grown = (await read(metrics, 'process_cpu_seconds_total')) - before;
  expect(grown).toBeWithin(0.19, usedSeconds() + 0.01);
});

test('open files - are counted', async () => {
  const metrics = createMetrics('test');
  const before = await read(metrics, 'process_open_fds');
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  expect(await read(metrics, 'process_open_fds')).toBeGreaterThan(before);
  server.stop(true);
});

test('memory outside of JavaScript - has that of wasm', async () => {
  const metrics = createMetrics('test');
  const before = await read(metrics, 'overseer_external_memory_bytes');
  const { buffer } = new WebAssembly.Memory({ initial: 1600 });
  const grown = (await read(metrics, 'overseer_external_memory_bytes')) - before;
  expect(grown).toBeGreaterThanOrEqual(0.9 * buffer.byteLength);
});

test('event loop - time for which it was held up is seen', async () => {
  const metrics = createMetrics('test');
  const count = () => read(metrics, 'overseer_event_loop_lag_seconds_count');
  const sum = () => read(metrics, 'overseer_event_loop_lag_seconds_sum');
  await waitUntil(async () => (await count()) > 0, { what: 'the first sample', deadlineMs });
  const before = await sum();
  const heldUpUntil = performance.now() + 800;
  while (performance.now() < heldUpUntil);
  await waitUntil(async () => (await sum()) - before >= 0.5, { what: 'the lag', deadlineMs });
});

test('log - lines are counted by level, also those that only repeat others', async () => {
  const metrics = createMetrics('test');
  const log = createLogger('test');
  const errors = async () => {
    const all = await metrics.getMetricsAsJSON();
    const lines = all.find(({ name }) => name === 'overseer_log_lines_total');
    return lines?.values.find(({ labels }) => labels.level === 'error')?.value ?? 0;
  };
  const repeated = () => read(metrics, 'overseer_log_lines_repeated_total');
  const [errorsBefore, repeatedBefore] = [await errors(), await repeated()];
  for (let i = 0; i < 10; i++) log.error('the same again');
  expect((await errors()) - errorsBefore).toBe(10);
  expect((await repeated()) - repeatedBefore).toBe(7);
});
