/** Where a quantile of so many ordered values lies: between the places `lower` and `upper`, so far from the first. */
export interface QuantilePlace {
  readonly lower: number;
  readonly upper: number;
  readonly weight: number;
}

/** A quantile that is no place among values; undefined: it is one. */
export function quantileBeyond(quantile: number): number | undefined {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  return quantile > 1 ? Number.POSITIVE_INFINITY : undefined;
}

export function quantilePlace(quantile: number, count: number): QuantilePlace {
  const rank = quantile * (count - 1);
  const lower = Math.floor(rank);
  return { lower, upper: Math.min(count - 1, lower + 1), weight: rank - lower };
}

/**
 * The quantile of values, which are put in order; NaN counts as less than everything, as in Prometheus.
 * @param values not empty
 */
export function quantileOf(values: Float64Array, quantile: number): number {
  const beyond = quantileBeyond(quantile);
  if (beyond !== undefined) return beyond;
  values.sort();
  let numberCount = values.length;
  while (numberCount > 0 && Number.isNaN(values[numberCount - 1])) numberCount--;
  const nanCount = values.length - numberCount;
  const { lower, upper, weight } = quantilePlace(quantile, values.length);
  const at = (place: number) =>
    place < nanCount ? Number.NaN : (values[place - nanCount] as number);
  return at(lower) * (1 - weight) + at(upper) * weight;
}
