export {
  type Classification,
  COPY_HEADER,
  COPY_TRAILER,
  RowEncoder,
  type RowSelection,
} from './rows.ts';
export {
  type AnnouncedSeries,
  type IndexedSeries,
  NO_ROWS_NS,
  type SeriesColumns,
  SeriesIndex,
  SeriesLimitError,
} from './rows-index.ts';
export { type LoadedMessage, MessageSizeError, type RowLimits } from './rows-kernel.ts';
export type { TargetColumn } from './rows-target.ts';
