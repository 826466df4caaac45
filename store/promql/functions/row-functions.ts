import type { ValueType } from '../expression.ts';
import type { RowFunction, RowKernel } from './function.ts';

function ofRow(
  name: string,
  kernel: RowKernel,
  { parameters = [] as readonly ValueType[], optionalCount = 0 } = {},
): RowFunction {
  return {
    kind: 'row',
    name,
    arguments: ['instant vector', ...parameters],
    optionalCount,
    isVariadic: false,
    returns: 'instant vector',
    kernel,
  };
}

/** A kernel that changes each value by itself. */
function each(change: (value: number) => number): RowKernel {
  return ({ values, base }, stepCount) => {
    for (let at = base; at < base + stepCount; at++) values[at] = change(values[at] as number);
  };
}

/** Above it e^-x is below the last digit of e^x. */
const HYPERBOLIC_TAIL_MIN = 21;

/** As Go computes it, and so Prometheus: infinite from where e^x is, though half of that would still be a number. */
function cosh(value: number): number {
  return Math.abs(value) > HYPERBOLIC_TAIL_MIN ? Math.exp(Math.abs(value)) / 2 : Math.cosh(value);
}

/** As {@link cosh}. */
function sinh(value: number): number {
  return Math.abs(value) > HYPERBOLIC_TAIL_MIN ? Math.sign(value) * cosh(value) : Math.sinh(value);
}

const RADIANS_PER_DEGREE = Math.PI / 180;

/** Functions of single values. */
export const ROW_FUNCTIONS: readonly RowFunction[] = [
  ofRow('abs', each(Math.abs)),
  ofRow('ceil', each(Math.ceil)),
  ofRow('floor', each(Math.floor)),
  ofRow('exp', each(Math.exp)),
  ofRow('ln', each(Math.log)),
  ofRow('log2', each(Math.log2)),
  ofRow('log10', each(Math.log10)),
  ofRow('sqrt', each(Math.sqrt)),
  ofRow('sgn', each(Math.sign)),
  ofRow('sin', each(Math.sin)),
  ofRow('cos', each(Math.cos)),
  ofRow('tan', each(Math.tan)),
  ofRow('asin', each(Math.asin)),
  ofRow('acos', each(Math.acos)),
  ofRow('atan', each(Math.atan)),
  ofRow('sinh', each(sinh)),
  ofRow('cosh', each(cosh)),
  ofRow('tanh', each(Math.tanh)),
  ofRow('asinh', each(Math.asinh)),
  ofRow('acosh', each(Math.acosh)),
  ofRow('atanh', each(Math.atanh)),
  ofRow(
    'deg',
    each((value) => value / RADIANS_PER_DEGREE),
  ),
  ofRow(
    'rad',
    each((value) => value * RADIANS_PER_DEGREE),
  ),
  ofRow('round', round, { parameters: ['scalar'], optionalCount: 1 }),
  ofRow('clamp', clamp, { parameters: ['scalar', 'scalar'] }),
  ofRow('clamp_min', clampMin, { parameters: ['scalar'] }),
  ofRow('clamp_max', clampMax, { parameters: ['scalar'] }),
];

/** To the nearest multiple of the parameter, or integer; halves go up. */
function round(
  { values, base }: Parameters<RowKernel>[0],
  stepCount: number,
  [multiples]: readonly Float64Array[],
) {
  for (let step = 0; step < stepCount; step++) {
    // Prometheus multiplies by the inverse, which for multiples such as 0.1 is the exact number.
    const inverse = 1 / (multiples?.[step] ?? 1);
    values[base + step] = Math.floor((values[base + step] as number) * inverse + 0.5) / inverse;
  }
}

/** There is no value where the bounds leave no room. */
function clamp(
  { values, present, base }: Parameters<RowKernel>[0],
  stepCount: number,
  [least, most]: readonly Float64Array[],
) {
  for (let step = 0; step < stepCount; step++) {
    const [low = Number.NaN, high = Number.NaN] = [least?.[step], most?.[step]];
    if (high < low) present[base + step] = 0;
    values[base + step] = larger(low, smaller(high, values[base + step] as number));
  }
}

function clampMin(
  { values, base }: Parameters<RowKernel>[0],
  stepCount: number,
  [least]: readonly Float64Array[],
) {
  for (let step = 0; step < stepCount; step++) {
    values[base + step] = larger(least?.[step] ?? Number.NaN, values[base + step] as number);
  }
}

function clampMax(
  { values, base }: Parameters<RowKernel>[0],
  stepCount: number,
  [most]: readonly Float64Array[],
) {
  for (let step = 0; step < stepCount; step++) {
    values[base + step] = smaller(most?.[step] ?? Number.NaN, values[base + step] as number);
  }
}

/** As Go has it: nothing is larger than infinity, not even NaN. */
function larger(one: number, other: number): number {
  const { POSITIVE_INFINITY: most } = Number;
  return one === most || other === most ? most : Math.max(one, other);
}

function smaller(one: number, other: number): number {
  return -larger(-one, -other);
}
