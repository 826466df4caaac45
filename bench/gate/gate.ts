import { join } from 'node:path';
import { type Decision, decide, PROCESSES_AT_ONCE } from './decision.ts';

const PROGRAM = join(import.meta.dir, 'kernel-process.ts');
/** A process takes seconds. */
const PROCESS_DEADLINE_MS = 5 * 60_000;
const ROUNDS = 20;
/** Of a baseline: its median is to be surer than what is compared with it. */
const BASELINE_PROCESSES = 25;

export interface GateOptions {
  groups: readonly string[];
  /** Rounds that a process measures each of its kernels. */
  rounds?: number;
  /** Of a baseline; fewer are enough to see that it is measured. */
  processes?: number;
  /** By group: how many percent more work its kernels are really to do, for the test of the gate. */
  slowed?: Readonly<Record<string, number>>;
  progress(text: string): void;
}

/** Ratios of each kernel, one a process. */
export type Measured = ReadonlyMap<string, readonly number[]>;

/**
 * Measures kernels until each is decided: in some processes, and in more where those leave it open.
 * @param baseline the ratio of each kernel, by name
 * @throws Error when a kernel has no baseline
 */
export async function decideAll(
  baseline: Readonly<Record<string, number>>,
  options: GateOptions,
): Promise<{ decisions: Map<string, Decision>; measured: Measured }> {
  const decisions = new Map<string, Decision>();
  const measured = new Map<string, readonly number[]>();
  for (const group of options.groups) {
    let ratios: Measured = new Map();
    let isOpen = true;
    while (isOpen) {
      ratios = joined(ratios, await measureGroup(group, PROCESSES_AT_ONCE, options));
      isOpen = false;
      for (const [kernel, values] of ratios) {
        const decision = decide(ratioOf(baseline, kernel), values);
        decisions.set(kernel, decision);
        isOpen ||= decision.outcome === 'undecided';
      }
    }
    for (const [kernel, values] of ratios) measured.set(kernel, values);
  }
  return { decisions, measured };
}

/** Measures what is to become the baseline. */
export async function measureAll(options: GateOptions): Promise<Measured> {
  let measured: Measured = new Map();
  for (const group of options.groups)
    measured = joined(
      measured,
      await measureGroup(group, options.processes ?? BASELINE_PROCESSES, options),
    );
  return measured;
}

/** One process after the other: together they would slow each other. */
async function measureGroup(
  group: string,
  processes: number,
  { rounds = ROUNDS, slowed = {}, progress }: GateOptions,
): Promise<Measured> {
  let measured: Measured = new Map();
  for (let number = 1; number <= processes; number++) {
    progress(`gate: ${group}, process ${number} of ${processes}`);
    const command = [process.execPath, PROGRAM, group, String(rounds), String(slowed[group] ?? 0)];
    measured = joined(measured, await runKernelProcess(command));
  }
  return measured;
}

async function runKernelProcess(command: string[]): Promise<Measured> {
  const child = Bun.spawn(command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: PROCESS_DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const [output, exitCode] = await Promise.all([child.stdout.text(), child.exited]);
  if (exitCode !== 0) throw new Error(`"${command.join(' ')}" ended with ${exitCode}`);
  const ratios = JSON.parse(output) as Record<string, number>;
  return new Map(Object.entries(ratios).map(([kernel, ratio]) => [kernel, [ratio]]));
}

function joined(first: Measured, second: Measured): Measured {
  const all = new Map(first);
  for (const [kernel, ratios] of second) all.set(kernel, [...(all.get(kernel) ?? []), ...ratios]);
  return all;
}

function ratioOf(baseline: Readonly<Record<string, number>>, kernel: string): number {
  const ratio = baseline[kernel];
  if (ratio === undefined)
    throw new Error(
      `the baseline has no kernel "${kernel}": record it by "bun bench/main.ts gate --record", ` +
        'and commit bench/baseline.json alone, saying why',
    );
  return ratio;
}
