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
