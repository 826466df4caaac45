/**
 * Asks generated questions of Overseer and of Debian's Prometheus until the time is over; each seed has samples of its own.
 *
 *     bun store/promql/testing/prometheus/main.ts --minutes 10 --seed 7 [--questions 1000]
 */
import { parseArgs } from 'node:util';
import { TestOverseer } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import { Excuses } from '../excuses.ts';
import { Random } from '../random.ts';
import { askGenerated, fieldsOf } from './questioning.ts';
import { Twins } from './twins.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seeds: { type: 'string', default: 'Infinity' },
    questions: { type: 'string', default: '1000' },
  },
});
const deadline = performance.now() + Number(values.minutes) * 60_000;
const log = createLogger('prometheus');
const first = Number(values.seed);
let isDifferent = false;
await using overseer = await TestOverseer.start({ environment: { LOG_LEVEL: 'warn' } });
for (
  let seed = first;
  seed < first + Number(values.seeds) && performance.now() < deadline;
  seed++
) {
  await using twins = await Twins.start(overseer, {
    database: `seed_${seed}`,
    fields: fieldsOf(seed),
    random: new Random(seed),
  });
  const questions = Number(values.questions);
  const outcome = await askGenerated(twins, new Excuses(twins.version), { seed, questions });
  const { answered, differences } = outcome;
  log.info({ seed, questions, answered, differences: differences.length }, 'asked');
  for (const difference of differences) process.stdout.write(`${difference}\n`);
  isDifferent ||= differences.length > 0;
}
process.exitCode = isDifferent ? 1 : 0;
