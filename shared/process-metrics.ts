/** What every service tells of its process. */
import { readdirSync, readFileSync } from 'node:fs';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { lineCounts } from './log/line-counts.ts';
import { spanCounts } from './tracing/span-counts.ts';
import { VERSION } from './version.ts';

/**
 * How often the event loop is asked whether it is free. Each asking wakes the process: four times a second cost 0.1 % of a core; a hundred times,
 * as prom-client asks with Node's monitorEventLoopDelay, 0.9 %.
 */
const LAG_INTERVAL_MS = 250;
const LAG_SECONDS_BUCKETS = [0.005, 0.02, 0.1, 0.5, 1, 5];

/**
 * Registers the metrics of this process, under the names that Prometheus gives them in every language. prom-client's own are Node's: under Bun its
 * heap spaces, handles, requests, resources and collections stay empty, its sizes of the heap are of something else, and its event-loop lag
 * starts over whenever it is read, so that two readers spoil it for each other.
 */
export function registerProcessMetrics(registry: Registry): void {
  const gauge = (name: string, help: string, read: () => number) =>
    observe(registry, name, help, read);
  registerCpuSeconds(registry);
  const startedAt = Math.round(Date.now() / 1000 - process.uptime());
  gauge('process_start_time_seconds', 'When the process started, since 1970', () => startedAt);
  gauge('process_resident_memory_bytes', 'Memory that the process takes', () =>
    process.memoryUsage.rss(),
  );
  gauge(
    'process_open_fds',
    'Open file descriptors, connections among them',
    () => readdirSync('/proc/self/fd').length,
  );
  const fileDescriptorsMax = readFileDescriptorsMax();
  gauge('process_max_fds', 'Limit of process_open_fds', () => fileDescriptorsMax);
  gauge(
    'overseer_heap_bytes',
    'Memory of JavaScript, with the buffers that its collector has looked at',
    () => process.memoryUsage().heapUsed,
  );
  gauge(
    'overseer_external_memory_bytes',
    'Memory of wasm, and of buffers that JavaScript holds',
    () => process.memoryUsage().external,
  );
  registerBuild(registry);
  registerEventLoopLag(registry);
  registerLog(registry);
  registerSpans(registry);
}

function observe(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

function registerCpuSeconds(registry: Registry): void {
  let before = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, with all of its threads',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      const seconds = (user + system) / 1e6;
      this.inc(Math.max(0, seconds - before));
      before = seconds;
    },
  });
}

/** Infinity where there is none. */
function readFileDescriptorsMax(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

function registerBuild(registry: Registry): void {
  new Gauge({
    name: 'overseer_build_info',
    help: 'Always 1; which release this is, and the Bun that runs it',
    labelNames: ['version', 'bun'],
    registers: [registry],
  }).set({ version: VERSION, bun: Bun.version }, 1);
}

function registerLog(registry: Registry): void {
  new Counter({
    name: 'overseer_log_lines_total',
    help: 'Lines logged by the first thread of the process, also those that were only counted',
    labelNames: ['level'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [level, count] of Object.entries(lineCounts.byLevel)) this.inc({ level }, count);
    },
  });
  new Counter({
    name: 'overseer_log_lines_repeated_total',
    help: 'Lines that were not written because they repeat others',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(lineCounts.repeated);
    },
  });
}

function registerSpans(registry: Registry): void {
  new Counter({
    name: 'overseer_trace_spans_total',
    help: 'Spans recorded by the first thread of the process, by outcome: exported, failed, or dropped for want of room',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(spanCounts)) this.inc({ outcome }, count);
    },
  });
}

/** By samples: a loop that is held up for a tenth of the time is so in a tenth of them, for as long as whoever comes at that moment waits. */
function registerEventLoopLag(registry: Registry): void {
  const lagSeconds = new Histogram({
    name: 'overseer_event_loop_lag_seconds',
    help: 'How much later than it should a timer fired, four times a second',
    buckets: LAG_SECONDS_BUCKETS,
    registers: [registry],
  });
  let due = performance.now() + LAG_INTERVAL_MS;
  setInterval(() => {
    const now = performance.now();
    lagSeconds.observe(Math.max(0, now - due) / 1000);
    due = now + LAG_INTERVAL_MS;
  }, LAG_INTERVAL_MS).unref();
}
