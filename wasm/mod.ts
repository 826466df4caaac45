export { type BodyOptions, type BodyProgress, startBody } from './body-progress.ts';
export { LINE_ERROR_CODES, LineError, type LineErrorCode, type TimeBounds } from './line-error.ts';
export {
  LineParser,
  type LineParserOptions,
  type ParseStatus,
  type UnknownField,
} from './line-parser.ts';
export type { NewSeries } from './new-series.ts';
export type { OpenAnnouncements, OpenBlock } from './open-blocks.ts';
export { ParserFaultError } from './parser-fault.ts';
export {
  LIMIT_SETTINGS,
  PARSER_LIMITS,
  ParserLimitError,
  type ParserLimits,
} from './parser-limits.ts';
export type { ParserStatistics } from './parser-statistics.ts';
export {
  type Classification,
  COPY_HEADER,
  COPY_TRAILER,
  RowEncoder,
  type RowSelection,
} from './rows.ts';
export {
  type AnnouncedSeries,
  type BusiestOfTable,
  type BusiestSeries,
  type IndexedSeries,
  NO_ROWS_NS,
  type SeriesColumns,
  SeriesIndex,
  SeriesLimitError,
} from './rows-index.ts';
export { type LoadedMessage, MessageSizeError, type RowLimits } from './rows-kernel.ts';
export type { TargetColumn } from './rows-target.ts';
