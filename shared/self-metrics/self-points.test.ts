import { expect, test } from 'bun:test';
import { formatLine } from '../line-protocol.ts';
import { Meter } from '../meter.ts';
import { Metrics } from '../metrics.ts';
import { selfPoints } from './self-points.ts';

async function linesOf(...registries: Metrics[]): Promise<string[]> {
  const processes = await Promise.all(registries.map((one) => one.getMetricsAsJSON()));
  return selfPoints(processes, 'ingress', 'machine:8086')
    .map((point) => formatLine(point, 1000) ?? '')
    .toSorted();
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
  const labels = 'instance=machine:8086';
  const all = `${labels},service=ingress`;
  expect(await linesOf(registry)).toEqual(
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
  expect(await linesOf(...workers)).toEqual([
    'overseer_ingress,instance=machine:8086,service=ingress,worker=1 lines_total=1 1000',
    'overseer_ingress,instance=machine:8086,service=ingress,worker=2 lines_total=2 1000',
  ]);
});

test('own metrics without a value - are left out', async () => {
  const registry = new Metrics();
  const meter = new Meter(registry, 'overseer_ingress_');
  meter.gauge('limit', 'Limit').set(Number.POSITIVE_INFINITY);
  meter.counter('requests_total', 'Requests', ['status']);
  meter.gauge('clients', 'Clients').set(Number.NaN);
  expect(await linesOf(registry)).toEqual(['']);
});
