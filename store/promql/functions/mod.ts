import { CALENDAR_FUNCTIONS } from './calendar-functions.ts';
import type { PromqlFunction } from './function.ts';
import { HISTOGRAM_FUNCTIONS } from './histogram-functions.ts';
import { LABEL_FUNCTIONS } from './label-functions.ts';
import { RANGE_FUNCTIONS } from './range-functions.ts';
import { ROW_FUNCTIONS } from './row-functions.ts';
import { SCALAR_FUNCTIONS } from './scalar-functions.ts';
import { VECTOR_FUNCTIONS } from './vector-functions.ts';

/** Every function that is evaluated; others that the grammar knows are not supported. */
export const FUNCTIONS: ReadonlyMap<string, PromqlFunction> = new Map(
  [
    ...CALENDAR_FUNCTIONS,
    ...HISTOGRAM_FUNCTIONS,
    ...LABEL_FUNCTIONS,
    ...RANGE_FUNCTIONS,
    ...ROW_FUNCTIONS,
    ...SCALAR_FUNCTIONS,
    ...VECTOR_FUNCTIONS,
  ].map((entry): [string, PromqlFunction] => [entry.name, entry]),
);

const NATIVE = 'there are no native histograms';
const EXPERIMENTAL = 'it is experimental in Prometheus';

/** Why functions that the grammar knows will not be evaluated. */
export const UNSUPPORTED_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['histogram_avg', NATIVE],
  ['histogram_count', NATIVE],
  ['histogram_fraction', NATIVE],
  ['histogram_stddev', NATIVE],
  ['histogram_stdvar', NATIVE],
  ['histogram_sum', NATIVE],
  ['histogram_quantiles', EXPERIMENTAL],
  ['double_exponential_smoothing', EXPERIMENTAL],
  ['end', EXPERIMENTAL],
  ['first_over_time', EXPERIMENTAL],
  ['info', EXPERIMENTAL],
  ['mad_over_time', EXPERIMENTAL],
  ['range', EXPERIMENTAL],
  ['sort_by_label', EXPERIMENTAL],
  ['sort_by_label_desc', EXPERIMENTAL],
  ['start', EXPERIMENTAL],
  ['start_timestamp', EXPERIMENTAL],
  ['step', EXPERIMENTAL],
  ['ts_of_first_over_time', EXPERIMENTAL],
  ['ts_of_last_over_time', EXPERIMENTAL],
  ['ts_of_max_over_time', EXPERIMENTAL],
  ['ts_of_min_over_time', EXPERIMENTAL],
]);
