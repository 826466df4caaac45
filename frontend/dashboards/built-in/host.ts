import type { Threshold } from '../../model/panel-spec.ts';
import { dashboard, panel, query } from './panels.ts';

const FULLNESS: readonly Threshold[] = [
  { value: 80, level: 'warning' },
  { value: 90, level: 'danger' },
];
/** More work than processors. */
const LOAD: readonly Threshold[] = [
  { value: 1, level: 'warning' },
  { value: 2, level: 'danger' },
];
const PERCENT = { unit: 'percent', min: 0, max: 100 } as const;

const HOSTS = 'host=~"$host"';
const CPU = `cpu="cpu-total",${HOSTS}`;
const ofCpu = (state: string) => query(`avg(cpu_usage_${state}{${CPU}})`, state);
const ofDisk = (field: string) => `rate(diskio_${field}{${HOSTS}}[1m])`;
const ofNetwork = (field: string) => `rate(net_${field}{${HOSTS},interface!="lo"}[1m])`;

/** What the collector tells of machines. */
export const HOST = dashboard({
  title: 'Host',
  db: 'host',
  range: '15m',
  variables: [
    { name: 'host', tag: 'host', selector: 'system_uptime', isMulti: true, hasAll: true },
  ],
  rows: [
    {
      height: 4,
      panels: [
        panel('CPU busy', query(`100 - avg(cpu_usage_idle{${CPU}})`), {
          view: 'stat',
          ...PERCENT,
          thresholds: FULLNESS,
        }),
        panel('Memory used', query(`max(mem_used_percent{${HOSTS}})`), {
          view: 'stat',
          ...PERCENT,
          thresholds: FULLNESS,
        }),
        panel('Fullest disk', query(`max(disk_used_percent{${HOSTS}})`), {
          view: 'stat',
          ...PERCENT,
          thresholds: FULLNESS,
        }),
        panel(
          'Load per processor',
          query(`max(system_load1{${HOSTS}} / system_n_cpus{${HOSTS}})`),
          { view: 'stat', thresholds: LOAD },
        ),
        panel('Up for', query(`min(system_uptime{${HOSTS}})`), { view: 'stat', unit: 'seconds' }),
        panel('Hosts', query(`count(system_uptime{${HOSTS}})`), { view: 'stat' }),
      ],
    },
    {
      height: 8,
      panels: [
        panel('CPU', ['user', 'system', 'nice', 'iowait', 'softirq', 'irq', 'steal'].map(ofCpu), {
          view: 'stacked',
          ...PERCENT,
        }),
        panel(
          'CPU by core',
          query(`100 - cpu_usage_idle{cpu!="cpu-total",${HOSTS}}`, '{{host}} {{cpu}}'),
          PERCENT,
        ),
      ],
    },
    {
      height: 8,
      panels: [
        panel(
          'Memory',
          [
            query(`sum(mem_used{${HOSTS}})`, 'used'),
            query(`sum(mem_available{${HOSTS}} - mem_free{${HOSTS}})`, 'cached, can be had back'),
            query(`sum(mem_free{${HOSTS}})`, 'free'),
          ],
          { view: 'stacked', unit: 'bytes', min: 0 },
        ),
        panel(
          'Swap and dirty pages',
          [
            query(`mem_swap_total{${HOSTS}} - mem_swap_free{${HOSTS}}`, '{{host}} swap used'),
            query(`mem_dirty{${HOSTS}}`, '{{host}} dirty'),
          ],
          { unit: 'bytes', min: 0 },
        ),
        panel('Load', [
          query(`system_load1{${HOSTS}}`, '{{host}} 1 minute'),
          query(`system_load5{${HOSTS}}`, '{{host}} 5 minutes'),
          query(`system_load15{${HOSTS}}`, '{{host}} 15 minutes'),
        ]),
      ],
    },
    {
      height: 8,
      panels: [
        panel('Disk space', query(`disk_used_percent{${HOSTS}}`, '{{host}} {{path}}'), {
          ...PERCENT,
          thresholds: FULLNESS,
        }),
        panel(
          'Inodes',
          query(
            // Some file systems have no number of inodes.
            `100 * disk_inodes_used{${HOSTS}} / (disk_inodes_total{${HOSTS}} > 0)`,
            '{{host}} {{path}}',
          ),
          { ...PERCENT, thresholds: FULLNESS },
        ),
      ],
    },
    {
      height: 8,
      panels: [
        panel(
          'Disk traffic',
          [
            query(ofDisk('read_bytes'), '{{host}} {{name}} read'),
            query(ofDisk('write_bytes'), '{{host}} {{name}} written'),
          ],
          { unit: 'bytes/s', min: 0 },
        ),
        panel(
          'Disk operations',
          [
            query(ofDisk('reads'), '{{host}} {{name}} reads'),
            query(ofDisk('writes'), '{{host}} {{name}} writes'),
          ],
          { unit: 'per second', min: 0 },
        ),
        panel('Disk busy', query(`${ofDisk('io_time')} / 1000`, '{{host}} {{name}}'), {
          unit: 'share',
          min: 0,
          max: 1,
        }),
      ],
    },
    {
      height: 8,
      panels: [
        panel(
          'Network traffic',
          [
            query(ofNetwork('bytes_recv'), '{{host}} {{interface}} received'),
            query(ofNetwork('bytes_sent'), '{{host}} {{interface}} sent'),
          ],
          { unit: 'bytes/s', min: 0 },
        ),
        panel(
          'Network packets',
          [
            query(ofNetwork('packets_recv'), '{{host}} {{interface}} received'),
            query(ofNetwork('packets_sent'), '{{host}} {{interface}} sent'),
          ],
          { unit: 'per second', min: 0 },
        ),
        panel(
          'Network errors and drops',
          [
            query(
              `${ofNetwork('err_in')} + ${ofNetwork('err_out')}`,
              '{{host}} {{interface}} errors',
            ),
            query(
              `${ofNetwork('drop_in')} + ${ofNetwork('drop_out')}`,
              '{{host}} {{interface}} drops',
            ),
          ],
          { unit: 'per second', min: 0 },
        ),
      ],
    },
  ],
});
