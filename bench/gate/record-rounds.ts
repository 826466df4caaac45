/**
 * Records what the test of the gate judges: ratios of a group's kernels as they are, and doing a fifth more work, by turns.
 * `bun bench/gate/record-rounds.ts [group] [turns]`, on a quiet machine; a turn is as many processes as a baseline has.
 */
import { join } from 'node:path';
import { type Measured, measureAll } from './gate.ts';

const PATH = join(import.meta.dir, 'recorded-rounds.json');
const PERCENT = 20;

const [group = 'parser', turns = '5'] = process.argv.slice(2);
const options = { groups: [group], progress: console.error };
const recorded: Record<string, Record<'unchanged' | 'slowed', number[]>> = {};
for (let turn = 0; turn < Number(turns); turn++) {
  add('unchanged', await measureAll(options));
  add('slowed', await measureAll({ ...options, slowed: { [group]: PERCENT } }));
}
await Bun.write(PATH, `${JSON.stringify({ [group]: recorded }, undefined, 2)}\n`);

function add(kind: 'unchanged' | 'slowed', measured: Measured): void {
  for (const [kernel, ratios] of measured) {
    recorded[kernel] ??= { unchanged: [], slowed: [] };
    recorded[kernel][kind].push(...ratios.map((ratio) => Number(ratio.toPrecision(4))));
  }
}
