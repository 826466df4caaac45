/** The tables of docs/metrics.md, made from what a running system tells: `bun local/check/metrics-table.ts` brings them up to date. */
import { join } from 'node:path';
import { CollectorMetrics } from '@overseer/collector/metrics';
import {
  administrationSubject,
  askToEnd,
  connectBus,
  createLogger,
  mergeMetrics,
} from '@overseer/shared';
import { projectFolder } from '../project.ts';
import { type OverseerProcess, TestOverseer, waitUntil } from '../testing/mod.ts';
import { Samples } from '../testing/samples.ts';

export const METRICS_PAGE_PATH = join(projectFolder, 'docs', 'metrics.md');

const START = '<!-- metrics: made by local/check/metrics-table.ts -->\n';
const END = '<!-- end of metrics -->';

const SERVICES = ['ingress', 'store', 'processor', 'frontend'] as const;
const DEADLINE_MS = 30_000;

/** Labels that say whose a metric is, and the bound of a bucket: the page says so once. */
const COMMON_LABELS: ReadonlySet<string> = new Set(['service', 'worker', 'le']);

/** Of those that have no value while all is well. */
const SILENT_LABELS: Readonly<Record<string, readonly string[]>> = {
  overseer_store_dead_letters_full: ['partition'],
};

export interface DescribedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** What all services tell, the collector among them. @throws Error for a metric whose labels nobody has seen */
export async function readMetrics(): Promise<ReadonlyMap<string, readonly DescribedMetric[]>> {
  await using overseer = await TestOverseer.start({
    // With several workers ingress tells of them; with limits of the database and its disk the store tells how full they are.
    environment: {
      LOG_LEVEL: 'warn',
      SELF_METRICS: 'on',
      SELF_METRICS_INTERVAL: '1s',
      INGRESS_WORKERS: '2',
      DATABASE_BYTES_MAX: '1024GiB',
      DATABASE_FOLDER: projectFolder,
      DATABASE_FREE_BYTES_MIN: '1',
    },
  });
  await useEverything(overseer);
  const texts = SERVICES.map(async (service) => {
    const text = await textOf(overseer, service);
    return [service, describe(text)] as const;
  });
  const { registry } = new CollectorMetrics({ waitingCount: 0, lostCount: 0, refusedCount: 0 });
  const collector = describe(await mergeMetrics([await registry.getMetricsAsJSON()]));
  return new Map([...(await Promise.all(texts)), ['collector', collector]]);
}

/** A metric by labels is not told before the first time that it counts. */
async function useEverything(overseer: TestOverseer): Promise<void> {
  const { ingressUrl, frontendUrl } = overseer;
  await fetch(`${ingressUrl}/write?db=demo`, { method: 'POST', body: 'room temperature=21.5' });
  await fetch(`${ingressUrl}/query?q=${encodeURIComponent('SHOW DATABASES')}`);
  await fetch(`${frontendUrl}/db/demo/api/v1/query?query=room_temperature`);
  await fetch(`${frontendUrl}/api/v1/catalogue`);
  const socket = new WebSocket(`${frontendUrl.replace(/^http/, 'ws')}/live`);
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
  socket.onopen = () => resolve();
  socket.onerror = () => reject(new Error('no live connection'));
  await opened;
  const log = createLogger('check');
  log.level = 'fatal';
  const bus = await connectBus({ url: overseer.natsUrl, name: 'check', log });
  await askToEnd(bus, administrationSubject('status'), { v: 1 }, { onPart: () => {} });
  await bus.close();
  const isTold = async (service: OverseerProcess, name: string) =>
    (await Samples.of(overseer.processes[service].url)).all(name).length > 0;
  for (const [service, name] of [
    ['processor', 'overseer_self_metrics_lines_total'],
    ['processor', 'overseer_processor_snapshots_total'],
    ['frontend', 'overseer_frontend_live_messages_total'],
    ['store', 'overseer_store_administration_questions_total'],
    ['store', 'overseer_store_database_bytes'],
    ['store', 'overseer_store_database_free_bytes'],
  ] as const) {
    await waitUntil(() => isTold(service, name), { what: name, deadlineMs: DEADLINE_MS });
  }
  socket.close();
}

async function textOf(overseer: TestOverseer, service: OverseerProcess): Promise<string> {
  const response = await fetch(`${overseer.processes[service].url}/metrics`);
  if (!response.ok) throw new Error(`${service} tells no metrics: ${response.status}`);
  return response.text();
}

function describe(text: string): readonly DescribedMetric[] {
  const samples = new Samples(text);
  const helps = Array.from(text.matchAll(/^# HELP (\S+) (.*)$/gm));
  return helps.map(([, name = '', help = '']) => {
    const type = new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)?.[1] ?? 'untyped';
    const parts = type === 'histogram' ? [`${name}_bucket`] : [name];
    const told = parts.flatMap((part) => samples.all(part));
    if (told.length === 0 && !SILENT_LABELS[name]) {
      throw new Error(`nobody has seen the labels of ${name}: let readMetrics use what it counts`);
    }
    const seen = new Set(told.flatMap(({ labels }) => Object.keys(labels)));
    const labels = SILENT_LABELS[name] ?? [...seen].filter((label) => !COMMON_LABELS.has(label));
    return { name, type, help, labels };
  });
}

/** The page with its tables as they should be. @throws Error when it has no place for them */
export function withMetricsTables(
  page: string,
  metrics: ReadonlyMap<string, readonly DescribedMetric[]>,
): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`docs/metrics.md lacks ${START.trim()} or ${END}`);
  const isOwn = (service: string) => (metric: DescribedMetric) =>
    metric.name.startsWith(`overseer_${service}_`);
  const [[first, everybody] = ['', []]] = metrics;
  const sections = [
    section(
      'Every service',
      everybody.filter((metric) => !isOwn(first)(metric)),
    ),
    ...Array.from(metrics, ([service, all]) => section(service, all.filter(isOwn(service)))),
  ];
  return `${page.slice(0, start + START.length)}\n${sections.join('\n')}\n${page.slice(end)}`;
}

function section(title: string, metrics: readonly DescribedMetric[]): string {
  const names = new Set(metrics.map(({ name }) => name));
  const isLimit = (name: string) => name.endsWith('_max') && names.has(name.slice(0, -4));
  const rows = metrics
    .filter(({ name }) => !isLimit(name))
    .map(({ name, type, help, labels }) => {
      const limit = names.has(`${name}_max`) ? `; its limit is \`${name}_max\`` : '';
      const texts = labels.map((label) => `\`${label}\``).join(', ');
      return `| \`${name}\` | ${type} | ${texts} | ${help}${limit} |`;
    });
  const heading = `### ${title[0]?.toUpperCase()}${title.slice(1)}`;
  return [heading, '', '| metric | type | labels | what |', '|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

if (import.meta.main) {
  const page = await Bun.file(METRICS_PAGE_PATH).text();
  await Bun.write(METRICS_PAGE_PATH, withMetricsTables(page, await readMetrics()));
}
