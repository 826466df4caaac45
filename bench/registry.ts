import { agents } from './benchmarks/agents.ts';
import { catalogue } from './benchmarks/catalogue.ts';
import { disk } from './benchmarks/disk.ts';
import { endToEnd } from './benchmarks/end-to-end.ts';
import { growth } from './benchmarks/growth.ts';
import { latency } from './benchmarks/latency.ts';
import { page } from './benchmarks/page.ts';
import { parser } from './benchmarks/parser.ts';
import { queries } from './benchmarks/queries.ts';
import { queriesBusy } from './benchmarks/queries-busy.ts';
import { rawCopy } from './benchmarks/raw-copy.ts';
import { recovery } from './benchmarks/recovery.ts';
import { tracing } from './benchmarks/tracing.ts';
import { tsbsQueries } from './benchmarks/tsbs-queries.ts';
import { write, writeHard } from './benchmarks/write.ts';
import type { Benchmark } from './harness.ts';

/**
 * Every benchmark, in the order in which they run when none is named. A new one is a file and a
 * line here.
 */
export const BENCHMARKS: readonly Benchmark[] = [
  parser,
  rawCopy,
  endToEnd,
  write,
  writeHard,
  agents,
  disk,
  recovery,
  growth,
  latency,
  page,
  queries,
  queriesBusy,
  tsbsQueries,
  catalogue,
  tracing,
];
