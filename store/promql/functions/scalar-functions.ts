import type { EvaluationContext } from '../context.ts';
import type { Expression } from '../expression.ts';
import type { ScalarFunction } from './function.ts';

function ofScalars(
  name: string,
  given: ScalarFunction['arguments'],
  evaluate: ScalarFunction['evaluate'],
): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    arguments: given,
    optionalCount: 0,
    isVariadic: false,
    returns: 'scalar',
    evaluate,
  };
}

/** Functions that give a number a step. */
export const SCALAR_FUNCTIONS: readonly ScalarFunction[] = [
  ofScalars('time', [], async (_, context) => stepSeconds(context)),
  ofScalars('pi', [], async (_, { grid }) => new Float64Array(grid.count).fill(Math.PI)),
  ofScalars('scalar', ['instant vector'], async ([vector], context) =>
    onlyValues(vector as Expression, context),
  ),
];

/** The time of each step in seconds since 1970. */
export function stepSeconds({ grid: { startMs, stepMs, count } }: EvaluationContext): Float64Array {
  return Float64Array.from({ length: count }, (_, step) => (startMs + step * stepMs) / 1000);
}

/** The value of the one series that has one at a step; NaN where that are none or several. */
async function onlyValues(of: Expression, context: EvaluationContext): Promise<Float64Array> {
  const { count } = context.grid;
  const found = new Float64Array(count).fill(Number.NaN);
  const seen = new Uint8Array(count);
  const { blocks } = await context.evaluator.vector(of, context);
  for await (const { values, present, length } of blocks) {
    for (let at = 0; at < length * count; at++) {
      if (present[at] === 0) continue;
      const step = at % count;
      found[step] = seen[step] === 0 ? (values[at] as number) : Number.NaN;
      seen[step] = 1;
    }
    if (context.pace.isDue) await context.pace.rest();
  }
  return found;
}
