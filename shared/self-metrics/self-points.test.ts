import { expect, test } from 'bun:test';
import { formatLine } from '../line-protocol.ts';
import { Meter } from '../meter.ts';
import { Metrics } from '../metrics.ts';
import { SelfPoints } from './self-points.ts';

/** What is written of these registries, again and again, a second apart. */
function writer(...registries: Metrics[]): () => Promise<string[]> {
  const points = new SelfPoints('ingress', 'here:1');
  let timestampMs = 0;
  return async () => {
    timestampMs += 1000;
    const processes = await Promise.all(registries.map((one) => one.getMetricsAsJSON()));
    return points
      .take(processes, timestampMs)
      .map(([point, atMs]) => formatLine(point, atMs) ?? '')
      .toSorted();
  };
}

test('own metrics - those of the same labels are one line, named so that queries find them by their names', async () => {
  const registry = new Metrics();
  registry.setDefaultLabels({ service: 'ingress' });
  const meter = new Meter(registry, 'overseer_ingress_');
  meter.counter('lines_total', 'Lines').inc(7);
  meter.gauge('clients', 'Clients').set(2);
  meter.counter('requests_total', 'Requests', ['status']).inc({ status: '204' }, 3);
  meter.histogram('publish_seconds', 'Time', [0.1, 1]).observe(0.5);
  new Meter(registry, 'overseer_').gauge('heap_bytes', 'Heap').set(5);
  new Meter(registry, 'process_').gauge('open_fds', 'Files').set(9);
  const labels = 'instance=here:1';
  const all = `${labels},service=ingress`;
  expect(await writer(registry)()).toEqual(
    [
      `overseer,${all} heap_bytes=5 1000`,
      `overseer_ingress,${labels},le=+Inf,service=ingress publish_seconds_bucket=1 1000`,
      `overseer_ingress,${labels},le=0.1,service=ingress publish_seconds_bucket=0 1000`,
      `overseer_ingress,${labels},le=1,service=ingress publish_seconds_bucket=1 1000`,
      `overseer_ingress,${all} lines_total=7,clients=2,publish_seconds_sum=0.5,publish_seconds_count=1 1000`,
      `overseer_ingress,${all},status=204 requests_total=3 1000`,
      `process,${all} open_fds=9 1000`,
    ].toSorted(),
  );
});

test('own metrics of several processes - are told apart by their label', async () => {
  const workers = ['1', '2'].map((worker) => {
    const registry = new Metrics();
    registry.setDefaultLabels({ service: 'ingress', worker });
    new Meter(registry, 'overseer_ingress_').counter('lines_total', 'Lines').inc(Number(worker));
    return registry;
  });
  expect(await writer(...workers)()).toEqual([
    'overseer_ingress,instance=here:1,service=ingress,worker=1 lines_total=1 1000',
    'overseer_ingress,instance=here:1,service=ingress,worker=2 lines_total=2 1000',
  ]);
});

test('own metrics without a value - are left out', async () => {
  const registry = new Metrics();
  const meter = new Meter(registry, 'overseer_ingress_');
  meter.gauge('limit', 'Limit').set(Number.POSITIVE_INFINITY);
  meter.counter('requests_total', 'Requests', ['status']);
  meter.gauge('clients', 'Clients').set(Number.NaN);
  expect(await writer(registry)()).toEqual(['']);
});

test('a counter by label - is left out until it counts, was 0 before, and stays from then on', async () => {
  const registry = new Metrics();
  const meter = new Meter(registry, 'overseer_ingress_');
  const refused = meter.counterOf('refused_total', 'Refused', 'reason', ['full', 'late']);
  const write = writer(registry);
  expect(await write()).toEqual([]);
  refused.inc({ reason: 'full' });
  const series = 'overseer_ingress,instance=here:1,reason=full refused_total';
  expect(await write()).toEqual([`${series}=0 1000`, `${series}=1 2000`]);
  expect(await write()).toEqual([`${series}=1 3000`]);
  refused.reset();
  refused.inc({ reason: 'full' }, 0);
  expect(await write()).toEqual([`${series}=0 4000`]);
});

test('a histogram - is left out until it counts, and then has all of its buckets', async () => {
  const registry = new Metrics();
  const meter = new Meter(registry, 'overseer_ingress_');
  const seconds = meter.histogram('seconds', 'Time', [1]);
  const write = writer(registry);
  expect(await write()).toEqual([]);
  seconds.observe(2);
  const line = (le: string, count: number, timeMs: number) =>
    `overseer_ingress,instance=here:1,le=${le} seconds_bucket=${count} ${timeMs}`;
  expect(await write()).toEqual([
    'overseer_ingress,instance=here:1 seconds_sum=0,seconds_count=0 1000',
    'overseer_ingress,instance=here:1 seconds_sum=2,seconds_count=1 2000',
    line('+Inf', 0, 1000),
    line('+Inf', 1, 2000),
    line('1', 0, 1000),
    line('1', 0, 2000),
  ]);
  expect(await write()).toHaveLength(3);
});
