/** What generated questions ask for, by what may be asked of its values. */
export type Names = readonly [string, ...string[]];

export const COUNTER_FUNCTIONS: Names = ['rate', 'increase', 'irate', 'resets'];
/** What they give is a value that there was, or a count. */
export const EXACT_FUNCTIONS: Names = [
  'last_over_time',
  'count_over_time',
  'present_over_time',
  'min_over_time',
  'max_over_time',
  'changes',
];
export const ROUNDED_FUNCTIONS: Names = [
  'delta',
  'idelta',
  'sum_over_time',
  'avg_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'quantile_over_time',
  'deriv',
  'predict_linear',
];
/** Of values that were rounded they keep the digits. */
export const STABLE_FUNCTIONS: Names = [
  'last_over_time',
  'count_over_time',
  'min_over_time',
  'max_over_time',
  'sum_over_time',
  'avg_over_time',
];
/** Of gauges no two hosts have the same. */
export const EXTREMES: Names = ['last_over_time', 'min_over_time', 'max_over_time'];
export const STABLE_AGGREGATIONS: Names = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'quantile',
];
export const EXACT_AGGREGATIONS: Names = ['stddev', 'stdvar', 'count_values'];
export const STABLE_CALLS: Names = ['abs', 'sqrt', 'sgn', 'deg', 'rad', 'sort', 'sort_desc'];
export const EXACT_CALLS: Names = [
  'ceil',
  'floor',
  'exp',
  'ln',
  'log2',
  'log10',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'minute',
  'hour',
  'day_of_week',
  'day_of_month',
  'day_of_year',
  'days_in_month',
  'month',
  'year',
];
export const CALLS_WITH_MORE: Names = [
  'round',
  'clamp',
  'clamp_min',
  'clamp_max',
  'label_replace',
  'label_join',
  'timestamp',
  'absent',
  'absent_over_time',
  'vector',
  'histogram_quantile',
];
export const STABLE_ARITHMETIC: Names = ['+', '*', '/'];
export const EXACT_ARITHMETIC: Names = ['-', '%', '^', 'atan2'];
export const COMPARISONS: Names = ['==', '!=', '>', '<', '>=', '<='];
export const SETS: Names = ['and', 'or', 'unless'];

/** What many questions together must have asked. */
export const EVERY_NAME: readonly string[] = [
  ...COUNTER_FUNCTIONS,
  ...EXACT_FUNCTIONS,
  ...ROUNDED_FUNCTIONS,
  ...STABLE_AGGREGATIONS,
  ...EXACT_AGGREGATIONS,
  ...STABLE_CALLS,
  ...EXACT_CALLS,
  ...CALLS_WITH_MORE,
  ...COMPARISONS,
  ...SETS,
  ...STABLE_ARITHMETIC,
  ...EXACT_ARITHMETIC,
  ...['negation', 'bool'],
  ...['on', 'ignoring', 'group_left', 'group_right', 'time', 'scalar', 'subquery'],
  ...['@', '@ start()', '@ end()', 'offset', 'negative offset'],
];
export const RANKINGS: Names = ['topk', 'bottomk'];
