import { expect, test } from 'bun:test';
import { Meter } from './meter.ts';
import { Metrics, mergeMetrics } from './metrics.ts';

/** Lines of values as Prometheus reads them. */
async function samples(registry: Metrics): Promise<string[]> {
  const text = await registry.metrics();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('meter - names begin alike, and a limit says of what', async () => {
  const registry = new Metrics();
  const meter = new Meter(registry, 'overseer_test_');
  meter.counter('lines_total', 'Lines accepted').inc(3);
  meter.limit('open_bytes', 100);
  meter.limit('boundless_bytes', Number.POSITIVE_INFINITY);
  expect(await samples(registry)).toEqual([
    'overseer_test_lines_total 3',
    'overseer_test_open_bytes_max 100',
  ]);
  expect(await registry.metrics()).toContain(
    '# HELP overseer_test_open_bytes_max Limit of overseer_test_open_bytes',
  );
});

test('meter - values that are known are there before they rise', async () => {
  const registry = new Metrics();
  const meter = new Meter(registry, '');
  const refused = meter.counterOf('refused_total', 'Refused', 'reason', ['late', 'large']);
  refused.inc({ reason: 'late' });
  expect(await samples(registry)).toEqual([
    'refused_total{reason="late"} 1',
    'refused_total{reason="large"} 0',
  ]);
});

test('meter - what is observed is asked each time, and what is not there is left out', async () => {
  const registry = new Metrics();
  const meter = new Meter(registry, '');
  let level: number | undefined;
  let resets = 0;
  let lags: [string, number][] = [['0', 5]];
  meter.observedGauge('level', 'Level', () => level);
  meter.observedCounter('resets_total', 'Resets', () => resets);
  meter.observedGauges('lag', 'Lag', 'partition', () => lags);
  expect(await samples(registry)).toEqual(['resets_total 0', 'lag{partition="0"} 5']);
  level = 7;
  resets = 2;
  lags = [['1', 6]];
  expect(await samples(registry)).toEqual(['level 7', 'resets_total 2', 'lag{partition="1"} 6']);
  level = undefined;
  expect(await samples(registry)).toEqual(['resets_total 2', 'lag{partition="1"} 6']);
});

test('metrics of several processes - each kind is merged by the label that tells them apart', async () => {
  const processes = await Promise.all(
    ['1', '2'].map((worker) => {
      const registry = new Metrics();
      registry.setDefaultLabels({ worker });
      const meter = new Meter(registry, '');
      meter.counterOf('refused_total', 'Refused', 'reason', ['late']);
      meter.histogram('seconds', 'Time', [1]).observe(Number(worker));
      meter.observedGauge('absent', 'Absent', () => undefined);
      meter.observedCounter('resets_total', 'Resets', () => Number(worker));
      return registry.getMetricsAsJSON();
    }),
  );
  const lines = (await mergeMetrics(processes)).split('\n').filter((line) => /^[^#]/.test(line));
  expect(lines).toEqual([
    'refused_total{reason="late",worker="1"} 0',
    'refused_total{reason="late",worker="2"} 0',
    'seconds_bucket{le="1",worker="1"} 1',
    'seconds_bucket{le="+Inf",worker="1"} 1',
    'seconds_sum{worker="1"} 1',
    'seconds_count{worker="1"} 1',
    'seconds_bucket{le="1",worker="2"} 0',
    'seconds_bucket{le="+Inf",worker="2"} 1',
    'seconds_sum{worker="2"} 2',
    'seconds_count{worker="2"} 1',
    'resets_total{worker="1"} 1',
    'resets_total{worker="2"} 2',
  ]);
});
