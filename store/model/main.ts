/**
 * Tells stories about the store until the time is over or one ends badly.
 *
 *     bun store/model/main.ts --minutes 10 --seed 7 [--operations 150] [--without 'kill,take over']
 */
import { parseArgs } from 'node:util';
import { createLogger } from '@overseer/shared';
import { tellStory } from './story.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    operations: { type: 'string', default: '150' },
    stories: { type: 'string', default: 'Infinity' },
    without: { type: 'string', default: '' },
  },
});
const deadline = performance.now() + Number(values.minutes) * 60_000;
const log = createLogger('model');
const without = values.without.split(',');
let seed = Number(values.seed);
for (let told = 0; told < Number(values.stories) && performance.now() < deadline; told++) {
  const { operations, rows, differences } = await tellStory({
    seed,
    operations: Number(values.operations),
    without,
    log,
  });
  log.info({ seed, operations, rows, differences: differences.length }, 'told');
  if (differences.length > 0) {
    for (const difference of differences) process.stdout.write(`${difference}\n`);
    process.exit(1);
  }
  seed++;
}
