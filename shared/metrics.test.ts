import { expect, test } from 'bun:test';
import { Meter } from './meter.ts';
import { Metrics, metricsAnswer } from './metrics.ts';

async function answer(accept: string) {
  const registry = new Metrics();
  const meter = new Meter(registry, 'overseer_test_');
  meter.counter('lines_total', 'Lines', ['kind']).inc({ kind: 'a' }, 2);
  meter.gauge('clients', 'Clients').set(3);
  meter.histogram('seconds', 'Time', [0.5]).observe(0.25);
  const request = new Request('http://127.0.0.1/metrics', { headers: { accept } });
  return metricsAnswer(request, [await registry.getMetricsAsJSON()]);
}

test('metrics - are in the text format of Prometheus', async () => {
  const response = await answer('*/*');
  expect(response.headers.get('content-type')).toStartWith('text/plain; version=0.0.4');
  const lines = (await response.text()).split('\n').filter(Boolean);
  expect(lines).toEqual([
    '# HELP overseer_test_lines_total Lines',
    '# TYPE overseer_test_lines_total counter',
    'overseer_test_lines_total{kind="a"} 2',
    '# HELP overseer_test_clients Clients',
    '# TYPE overseer_test_clients gauge',
    'overseer_test_clients 3',
    '# HELP overseer_test_seconds Time',
    '# TYPE overseer_test_seconds histogram',
    'overseer_test_seconds_bucket{le="0.5"} 1',
    'overseer_test_seconds_bucket{le="+Inf"} 1',
    'overseer_test_seconds_sum 0.25',
    'overseer_test_seconds_count 1',
  ]);
});

test('metrics - are in OpenMetrics for who asks for it, as Prometheus does', async () => {
  const response = await answer(
    'application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5',
  );
  expect(response.headers.get('content-type')).toStartWith('application/openmetrics-text');
  const lines = (await response.text()).split('\n').filter(Boolean);
  expect(lines.slice(0, 3)).toEqual([
    '# HELP overseer_test_lines Lines',
    '# TYPE overseer_test_lines counter',
    'overseer_test_lines_total{kind="a"} 2',
  ]);
  expect(lines.at(-1)).toBe('# EOF');
});
