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

/** Why functions that the grammar knows are not evaluated; all others are experimental. */
export const UNSUPPORTED_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['histogram_avg', NATIVE],
  ['histogram_count', NATIVE],
  ['histogram_fraction', NATIVE],
  ['histogram_stddev', NATIVE],
  ['histogram_stdvar', NATIVE],
  ['histogram_sum', NATIVE],
]);
