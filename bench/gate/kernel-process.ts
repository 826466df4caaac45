/**
 * Measures the kernels of a group beside the yardstick, in a process of its own, because where memory lies
 * and what the compiler made of the code stays the same for the life of a process, and differs from one to the
 * next. Prints one JSON object: a ratio of times for each kernel.
 *
 * `bun bench/gate/kernel-process.ts <group> <rounds> [percent]`: with percent it really does so much more
 * work of each kernel, for the test of the gate.
 */
import { summarize } from '../results.ts';
import { type Kernel, makeKernels } from './kernels.ts';
import { Yardstick } from './yardstick.ts';

/** Of a kernel in a round; a fifth of them is what the gate must notice. */
const RUNS_PER_ROUND = 5;
const WARM_UP_ROUNDS = 4;
/** Of the yardstick before and after a run: a millisecond or two, so that all that is compared lies close together. */
const PASSES = 3;

const [group = '', rounds = '', percent = '0'] = process.argv.slice(2);
const yardstick = new Yardstick();
const kernels = await makeKernels(group);
const runs = Math.round(RUNS_PER_ROUND * (1 + Number(percent) / 100));
const ratios = new Map(kernels.map(({ name }) => [name, [] as number[]]));
for (let round = -WARM_UP_ROUNDS; round < Number(rounds); round++) {
  for (const kernel of kernels) {
    const ratio = await measure(kernel);
    if (round >= 0) ratios.get(kernel.name)?.push(ratio);
  }
}
const medians = [...ratios].map(([name, samples]) => [name, summarize(samples).median]);
console.log(JSON.stringify(Object.fromEntries(medians)));

/** Each run between two turns of the yardstick: a machine whose pace changes does so for both. */
async function measure(kernel: Kernel): Promise<number> {
  let [kernelUs, yardstickUs] = [0, threadUs(yardstickTurn)];
  for (let run = 0; run < runs; run++) {
    const startedUs = usedUs();
    await kernel.run();
    kernelUs += usedUs() - startedUs;
    // What a slowed kernel does more is its own, not the yardstick's.
    if (run < RUNS_PER_ROUND) yardstickUs += threadUs(yardstickTurn);
  }
  return kernelUs / yardstickUs;
}

function yardstickTurn(): void {
  yardstick.measure(PASSES);
}

function threadUs(work: () => void): number {
  const startedUs = usedUs();
  work();
  return usedUs() - startedUs;
}

/** Time that this thread was computing: when others had the processor does not count. */
function usedUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
