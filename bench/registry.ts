import { agents } from './benchmarks/agents.ts';
import { catalogue } from './benchmarks/catalogue.ts';
import { endToEnd } from './benchmarks/end-to-end.ts';
import { latency } from './benchmarks/latency.ts';
import { page } from './benchmarks/page.ts';
import { parser } from './benchmarks/parser.ts';
import { queries } from './benchmarks/queries.ts';
import { rawCopy } from './benchmarks/raw-copy.ts';
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
  latency,
  page,
  queries,
  tsbsQueries,
  catalogue,
  tracing,
];
