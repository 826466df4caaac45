import type { Threshold } from '../../model/panel-spec.ts';
import { dashboard, panel, query } from './panels.ts';

const LAG: readonly Threshold[] = [
  { value: 1, level: 'warning' },
  { value: 10, level: 'danger' },
];
const FULLNESS: readonly Threshold[] = [
  { value: 0.7, level: 'warning' },
  { value: 0.9, level: 'danger' },
];
const ANY: readonly Threshold[] = [{ value: 0.001, level: 'danger' }];
const PER_SECOND = { unit: 'per second', min: 0 } as const;
const SECONDS = { unit: 'seconds', min: 0 } as const;

const rate = (counter: string) => `sum(rate(overseer_${counter}[1m]))`;
/** What never happened is not written: of a healthy system it is 0. */
const rateOrNone = (counter: string) => `${rate(counter)} or vector(0)`;
const quantile = (share: number, histogram: string, by = 'le') =>
  `histogram_quantile(${share}, sum by (${by}) (rate(overseer_${histogram}_bucket[1m])))`;
const mean = (histogram: string) => `${rate(`${histogram}_sum`)} / ${rate(`${histogram}_count`)}`;
const quantiles = (histogram: string) => [
  query(quantile(0.5, histogram), 'half'),
  query(quantile(0.99, histogram), '99 of 100'),
];
/** How full something is, of what has its limit as a metric of its own. */
const fullness = (level: string) => `max(overseer_${level} / overseer_${level}_max)`;

/** How Overseer itself is, from what its services tell of themselves. */
export const PIPELINE = dashboard({
  title: 'Pipeline',
  db: '_overseer',
  range: '15m',
  variables: [],
  rows: [
    {
      height: 4,
      panels: [
        panel('Lines a second', query(rate('ingress_lines_total')), {
          view: 'stat',
          ...PER_SECOND,
        }),
        panel('Writes refused', query(rateOrNone('ingress_refused_requests_total')), {
          view: 'stat',
          ...PER_SECOND,
          thresholds: ANY,
        }),
        panel('Behind', query('max(overseer_store_lag_seconds)'), {
          view: 'stat',
          ...SECONDS,
          thresholds: LAG,
        }),
        panel(
          'Stream full',
          query(
            'max(overseer_store_stream_bytes{stream="POINTS"} / overseer_store_stream_bytes_max)',
          ),
          { view: 'stat', unit: 'share', min: 0, max: 1, thresholds: FULLNESS },
        ),
        panel('Queries a second', query(rate('store_queries_total')), {
          view: 'stat',
          ...PER_SECOND,
        }),
        panel('Pages open', query('sum(overseer_frontend_live_sockets)'), { view: 'stat' }),
      ],
    },
    {
      height: 8,
      panels: [
        panel(
          'Lines',
          [
            query(rate('ingress_lines_total'), 'accepted'),
            query(rateOrNone('ingress_rejected_lines_total'), 'rejected'),
          ],
          PER_SECOND,
        ),
        panel(
          'Rows stored, by path',
          query('sum by (path) (rate(overseer_store_rows_total[1m]))', '{{path}}'),
          { view: 'stacked', ...PER_SECOND },
        ),
        panel('Time of a write', quantiles('ingress_request_seconds'), SECONDS),
      ],
    },
    {
      height: 8,
      panels: [
        panel(
          'Until points can be read',
          [
            query('max(overseer_store_lag_seconds)', 'oldest that waits'),
            query(quantile(0.99, 'store_delay_seconds'), 'to the commit, 99 of 100'),
            query(quantile(0.99, 'processor_lag_seconds'), 'to the pages, 99 of 100'),
          ],
          SECONDS,
        ),
        panel(
          'Where the time goes',
          [
            query(mean('ingress_batch_wait_seconds'), 'wait for a batch'),
            query(mean('ingress_publish_seconds'), 'publish'),
            query(mean('store_plan_seconds'), 'plan'),
            query(mean('store_copy_seconds'), 'COPY'),
            query(mean('store_commit_seconds'), 'COMMIT'),
          ],
          { view: 'stacked', ...SECONDS },
        ),
        panel('Size of a batch', query(mean('ingress_batch_bytes'), 'mean'), {
          unit: 'bytes',
          min: 0,
        }),
      ],
    },
    {
      height: 8,
      panels: [
        panel(
          'Queues',
          [
            query('sum(overseer_ingress_writes)', 'writes in ingress'),
            query('sum(overseer_ingress_batches_waiting)', 'batches to publish'),
            query('sum(overseer_ingress_publishes)', 'batches in flight'),
            query('sum(overseer_store_lag_batches)', 'batches to store'),
            query('sum(overseer_store_queries_waiting)', 'queries'),
          ],
          { min: 0 },
        ),
        panel(
          'Limits that are near',
          [
            query(
              'max by (stream) (overseer_store_stream_bytes / overseer_store_stream_bytes_max)',
              'stream {{stream}}',
            ),
            query(fullness('ingress_database_series'), 'series of a database'),
            query(fullness('ingress_series_bytes'), 'series cache'),
            query(fullness('frontend_live_points'), 'live points'),
          ],
          { unit: 'share', min: 0, max: 1, thresholds: FULLNESS },
        ),
        panel(
          'Put aside',
          [
            query(
              'sum(increase(overseer_store_dead_blocks_total[5m])) or vector(0)',
              'dead letters of 5 minutes',
            ),
            query(
              'count(overseer_store_parked_bytes > 0) or vector(0)',
              'partitions with parked blocks',
            ),
          ],
          { min: 0 },
        ),
      ],
    },
    {
      height: 8,
      panels: [
        panel(
          'Queries, by kind',
          query('sum by (kind) (rate(overseer_store_queries_total[1m]))', '{{kind}}'),
          { view: 'stacked', ...PER_SECOND },
        ),
        panel('Time of a query', quantiles('store_query_seconds'), SECONDS),
        panel(
          'Requests of pages',
          query('sum by (route) (rate(overseer_frontend_requests_total[1m]))', '{{route}}'),
          PER_SECOND,
        ),
      ],
    },
    {
      height: 8,
      panels: [
        panel(
          'Memory of the processes',
          query('process_resident_memory_bytes', '{{service}} {{instance}}'),
          { unit: 'bytes', min: 0 },
        ),
        panel(
          'Processors that they use',
          query(
            'sum by (service, instance) (rate(process_cpu_seconds_total[1m]))',
            '{{service}} {{instance}}',
          ),
          { min: 0 },
        ),
        panel(
          'Event loops held up',
          query(quantile(0.99, 'event_loop_lag_seconds', 'service, le'), '{{service}}'),
          SECONDS,
        ),
      ],
    },
  ],
});
