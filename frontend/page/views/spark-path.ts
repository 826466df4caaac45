/** Points of a sparkline at the most: more can't be told apart in a tile. */
const POINTS_MAX = 120;

/**
 * The values of a series as a path of SVG, in a box from 0,0 to 100,100: gaps are gaps, and of values that share a point the one
 * furthest from the one before is drawn, so that spikes stay.
 */
export function sparkPath(values: Float64Array, min: number, max: number): string {
  const stride = Math.max(1, Math.ceil(values.length / POINTS_MAX));
  const height = max - min || 1;
  const width = Math.max(1, values.length - 1);
  let path = '';
  let before: number | undefined;
  for (let step = 0; step < values.length; step += stride) {
    const value = furthest(values.subarray(step, step + stride), before);
    if (value !== undefined) {
      const x = round((100 * step) / width);
      const y = round(max === min ? 50 : (100 * (max - value)) / height);
      path += `${before === undefined ? 'M' : 'L'}${x},${y}`;
    }
    before = value;
  }
  return path;
}

function furthest(values: Float64Array, from: number | undefined): number | undefined {
  let found: number | undefined;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const isFurther =
      found === undefined ||
      (from !== undefined && Math.abs(value - from) > Math.abs(found - from));
    if (isFurther) found = value;
  }
  return found;
}

function round(place: number): number {
  return Math.round(place * 10) / 10;
}
