import { describeMachine } from '../machine.ts';
import { summarize } from '../results.ts';
import { formatTable } from '../table.ts';
import { readBaseline, writeBaseline } from './baseline.ts';
import { type Decision, SLOWER } from './decision.ts';
import { decideAll, measureAll } from './gate.ts';
import { GROUPS } from './kernels.ts';

export interface GateCommand {
  /** Write the baseline of this processor instead of comparing with it. */
  record: boolean;
  /** `parser=20`: the kernels of that group do 20 % more work, to see the gate fail. */
  slow: string | undefined;
  progress(text: string): void;
}

/**
 * Compares the kernels with the baseline and prints a line for each.
 * @returns whether none is slower, or nothing can be compared, which is said
 */
export async function runGate({ record, slow, progress }: GateCommand): Promise<boolean> {
  const { cpu } = describeMachine();
  const baseline = await readBaseline();
  const options = { groups: GROUPS, slowed: parseSlow(slow), progress };
  if (record) {
    const measured = await measureAll(options);
    const ratios = [...measured].map(([kernel, values]) => [kernel, rounded(values)]);
    baseline.processors[cpu] = {
      recordedAt: new Date().toISOString(),
      bun: Bun.version,
      ratios: Object.fromEntries(ratios),
    };
    await writeBaseline(baseline);
    return true;
  }
  const recorded = baseline.processors[cpu];
  if (recorded === undefined) {
    console.log(
      `The gate can decide nothing: bench/baseline.json has no ratios of "${cpu}", and another processor's say little about ` +
        'it. Record them on a quiet machine of this kind by "bun bench/main.ts gate --record".',
    );
    return true;
  }
  const { decisions } = await decideAll(recorded.ratios, options);
  console.log(describeDecisions(decisions));
  return [...decisions.values()].every(({ outcome }) => outcome !== 'slower');
}

/** A line a kernel, and what to do when one is slower or faster. */
export function describeDecisions(decisions: ReadonlyMap<string, Decision>): string {
  const rows = [...decisions].map(([kernel, { outcome, median, low, high, processes }]) => [
    kernel,
    outcome,
    ...[median, low, high].map((share) => share.toFixed(2)),
    String(processes),
  ]);
  const head = ['', '', 'takes', 'lowest', 'highest', 'processes'];
  const outcomes = new Set([...decisions.values()].map(({ outcome }) => outcome));
  return [
    'Time of each kernel against its baseline; lowest and highest bound the median.',
    ...formatTable([head, ...rows], 2),
    ...(outcomes.has('slower')
      ? [
          `Slower is what surely takes more than ${SLOWER.toFixed(2)} times as long. Make it as fast as it was; or, when it is ` +
            'to be so, record it by "bun bench/main.ts gate --record" and commit bench/baseline.json alone, saying why.',
        ]
      : []),
    ...(outcomes.has('faster')
      ? ['What is faster is kept only by a baseline that says so: record it, and commit it alone.']
      : []),
  ].join('\n');
}

function parseSlow(slow: string | undefined): Record<string, number> {
  if (slow === undefined) return {};
  const [group = '', percent = ''] = slow.split('=');
  if (!GROUPS.includes(group) || !(Number(percent) > 0))
    throw new RangeError(
      `--slow takes ${GROUPS.join(', ')}, = and percent: parser=20; got ${slow}`,
    );
  return { [group]: Number(percent) };
}

/** Four digits: more are noise. */
function rounded(values: readonly number[]): number {
  return Number(summarize([...values]).median.toPrecision(4));
}
