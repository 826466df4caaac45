import { join } from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/**
 * The form of `bench/baseline.json`: how long each kernel takes, in times that the yardstick takes. Never a time of
 * a clock, but even a ratio differs from one make of processor to another, so each has its own.
 */
const Baseline = Type.Object({
  format: Type.Literal(1),
  processors: Type.Record(
    Type.String({ minLength: 1 }),
    Type.Object({
      recordedAt: Type.String(),
      bun: Type.String(),
      ratios: Type.Record(Type.String({ minLength: 1 }), Type.Number({ exclusiveMinimum: 0 })),
    }),
  ),
});
export type Baseline = Static<typeof Baseline>;

export const BASELINE_PATH = join(import.meta.dir, '..', 'baseline.json');

/** A baseline that isn't in the form above. */
export class BaselineError extends Error {
  override name = 'BaselineError';
}

/** @throws {BaselineError} naming the first place that doesn't fit */
export async function readBaseline(path = BASELINE_PATH): Promise<Baseline> {
  const file = Bun.file(path);
  if (!(await file.exists())) return { format: 1, processors: {} };
  const value: unknown = await file.json();
  const problem = Value.Errors(Baseline, value).First();
  if (problem !== undefined)
    throw new BaselineError(
      `${path} is no baseline of format 1: ${problem.path || '/'}: ${problem.message}. ` +
        'Take it from the last commit, or record it again by "bun bench/main.ts gate --record".',
    );
  return value as Baseline;
}

export async function writeBaseline(baseline: Baseline, path = BASELINE_PATH): Promise<void> {
  await Bun.write(path, `${JSON.stringify(baseline, undefined, 2)}\n`);
}
