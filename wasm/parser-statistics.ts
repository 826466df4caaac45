import {
  STATISTICS_CACHE_RESETS,
  STATISTICS_CATALOGUE_BYTES,
  STATISTICS_SERIES,
  STATISTICS_SERIES_BYTES,
  STATISTICS_SHAPE_RESETS,
  STATISTICS_SHAPES,
} from './assembly/parser/layout.ts';
import type { ParserKernel } from './parser-kernel.ts';
import type { ParserLimits } from './parser-limits.ts';

/** Figures for metrics; bytes unless named otherwise. */
export interface ParserStatistics {
  /** Rows in open blocks, as they will be encoded. */
  readonly openBytes: number;
  readonly openRows: number;
  readonly series: number;
  readonly seriesMax: number;
  readonly seriesBytes: number;
  readonly seriesBytesMax: number;
  /** How often the series cache was full and started over. */
  readonly cacheResets: number;
  readonly shapes: number;
  readonly shapeResets: number;
  readonly catalogueBytes: number;
  readonly catalogueBytesMax: number;
  /** Address space reserved; the part in use is what was touched of it. */
  readonly parserMemoryBytes: number;
}

export function readStatistics(
  kernel: ParserKernel,
  limits: ParserLimits,
  partitions: number,
): ParserStatistics {
  const { exports, memory } = kernel;
  const address = exports.statistics();
  const figure = (offset: number) => kernel.u32(address + offset);
  let openBytes = 0;
  let openRows = 0;
  for (let partition = 0; partition < partitions; partition++) {
    openBytes += exports.pendingBytes(partition);
    openRows += exports.pendingRows(partition);
  }
  return {
    openBytes,
    openRows,
    series: figure(STATISTICS_SERIES),
    seriesMax: limits.seriesMax,
    seriesBytes: figure(STATISTICS_SERIES_BYTES),
    seriesBytesMax: limits.seriesBytesMax,
    cacheResets: figure(STATISTICS_CACHE_RESETS),
    shapes: figure(STATISTICS_SHAPES),
    shapeResets: figure(STATISTICS_SHAPE_RESETS),
    catalogueBytes: figure(STATISTICS_CATALOGUE_BYTES),
    catalogueBytesMax: limits.catalogueBytesMax,
    parserMemoryBytes: memory.length,
  };
}
