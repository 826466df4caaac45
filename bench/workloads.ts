import { LINE_BYTES_MAX } from './lines.ts';
import type { LoadOptions } from './loads.ts';
import { SERIES_PER_HOST, VALUES_PER_HOST } from './telegraf.ts';
import { FIELDS } from './tsbs.ts';

const HOSTS = 4000;
const SEED = 1;
const MEBIBYTE = 1024 * 1024;
const SENDERS = 8;

/** A load as agents send it: what its lines are, and how they come in requests. */
export interface Workload {
  name: string;
  /** Lines of a run, before a contender's share of them is taken. */
  lines: number;
  bodyBytesMax: number;
  /** Requests at the same time, each on a connection of its own. */
  senders: number;
  /** Whether what counts is the requests: each has one line. */
  isOneLine: boolean;
  /** Whether every run has a database of its own, in which no series is known. */
  isNewEveryRun: boolean;
  /** Whether every server gets all lines, and not its share: their number is what this is about. */
  isWhole: boolean;
  /** Fields of a line, on average. */
  valuesPerLine: number;
  load(lines: number, startNs: bigint): LoadOptions;
}

const usual = {
  bodyBytesMax: MEBIBYTE,
  senders: SENDERS,
  isOneLine: false,
  isNewEveryRun: false,
  isWhole: false,
  valuesPerLine: FIELDS.length,
};

const cpuOnly = (values: 'integers' | 'decimals') => (_lines: number, startNs: bigint) => ({
  hosts: HOSTS,
  seed: SEED,
  startNs,
  values,
});

export const WORKLOADS: readonly Workload[] = [
  { ...usual, name: 'integers', lines: 600_000, load: cpuOnly('integers') },
  { ...usual, name: 'decimals', lines: 600_000, load: cpuOnly('decimals') },
  {
    ...usual,
    name: 'mixed',
    lines: 600_000,
    valuesPerLine: VALUES_PER_HOST / SERIES_PER_HOST,
    load: (_lines, startNs) => ({ hosts: HOSTS, seed: SEED, startNs, values: 'mixed' }),
  },
  {
    ...usual,
    name: 'every series new',
    lines: 100_000,
    isNewEveryRun: true,
    load: (lines, startNs) => ({ hosts: lines, seed: SEED, startNs, values: 'integers' }),
  },
  {
    ...usual,
    name: '4 MB bodies',
    lines: 600_000,
    bodyBytesMax: 4 * MEBIBYTE,
    load: cpuOnly('integers'),
  },
  {
    ...usual,
    name: 'one-line bodies',
    lines: 30_000,
    bodyBytesMax: LINE_BYTES_MAX,
    senders: 64,
    isOneLine: true,
    load: cpuOnly('integers'),
  },
];

const MILLION = 1_000_000;

const devices = (hosts: number, replacedShare: number) => (_lines: number, startNs: bigint) => ({
  hosts,
  seed: SEED,
  startNs,
  values: 'devices' as const,
  replacedShare,
});

/** What is hard for a time series database, of few values a line. */
export const HARD_WORKLOADS: readonly Workload[] = [
  {
    ...usual,
    name: 'a million series',
    lines: MILLION,
    isWhole: true,
    valuesPerLine: 1,
    // The warm-up makes the series; after it every line is of one that is known.
    load: (lines, startNs) => devices(lines, 0)(lines, startNs),
  },
  {
    ...usual,
    name: 'a tenth of the series new every 10 s',
    lines: 400_000,
    valuesPerLine: 1,
    load: devices(20_000, 0.1),
  },
  {
    ...usual,
    name: 'backfill, newest first',
    lines: 200_000,
    load: (lines, startNs) => ({ ...cpuOnly('integers')(lines, startNs), isBackwards: true }),
  },
];

/** How long the times of a run's lines are: when the next run begins, if nothing is to be rewritten. */
export const RUN_SPAN_NS = 3600n * 1_000_000_000n;

/** The parameters of a benchmark that has these workloads. */
export function describeWorkloads(): Record<string, number> {
  return { hosts: HOSTS, seed: SEED, senders: SENDERS, bodyBytesMax: MEBIBYTE };
}
