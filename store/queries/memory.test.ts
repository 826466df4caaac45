import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import type { Pipeline } from '../testing/pipeline.ts';
import {
  DEADLINE_MS,
  failureOf,
  fill,
  instant,
  metric,
  queryPipelineOfTest,
  T0_MS,
  waitForMetric,
  waitForStatements,
  withLockedPoints,
  write,
} from './testing/query-pipeline.ts';

setDefaultTimeout(180_000);

const start = queryPipelineOfTest();

const SAMPLES = 600_000;
/** What one round reads takes some 30 MB, half of it as it was read: were that kept, the rounds would take 200. */
const ROUNDS = 20;
const KEPT_BYTES_MAX = 100 * 2 ** 20;
/** Rounds until the process is as large as it gets. */
const WARM_UP_ROUNDS = 5;

/** The right side is read first, in a statement of its own. */
const EXPRESSIONS = [
  'later / on (host) quantile_over_time(0.5, up[1h])',
  'later and on (host) stddev_over_time(up[1h])',
  'later * on (host) topk by (host) (1, quantile_over_time(0.5, up[1h]))',
  'later - on (host) max by (host) (quantile_over_time(0.5, up[1h:1s]))',
  // What the left side wants of `up` is kept for it.
  'quantile_over_time(0.9, up[1h]) / on (host) (later / on (host) quantile_over_time(0.5, up[1h]))',
];

/** After `fill`. */
const AT = { timeMs: T0_MS + SAMPLES };

/** A query that has read all samples of `up` and can't read `later`: it ends in one of the ways that there are. */
async function round(of: Pipeline, number: number): Promise<void> {
  const expr = EXPRESSIONS[number % EXPRESSIONS.length] as string;
  const canceling = new AbortController();
  switch (number % 3) {
    case 0: {
      const failing = failureOf(instant(of, expr, AT, canceling.signal));
      await waitUntil(
        async () => (await metric(of, 'overseer_store_query_samples_held')) > SAMPLES,
        { what: 'all samples to be held', deadlineMs: DEADLINE_MS },
      );
      canceling.abort();
      expect(await failing).toMatchObject({ kind: 'canceled' });
      break;
    }
    case 1:
      expect(await failureOf(instant(of, expr, { ...AT, timeoutMs: 2000 }))).toMatchObject({
        kind: 'timeout',
      });
      break;
    default: {
      const limited = { ...AT, limits: { samples: SAMPLES - 1 } };
      // Not one of those of which PostgreSQL tells the windows.
      const reading = 'quantile_over_time(0.5, up[1h])';
      expect(await failureOf(instant(of, reading, limited))).toMatchObject({ kind: 'limit' });
    }
  }
  await waitForMetric(of, 'overseer_store_queries_running', 0);
}

test('memory - what queries took is given back, whichever way they end', async () => {
  const of = await start();
  await write(of, 'later', { host: 'a' });
  await fill(of, SAMPLES);
  const answer = await instant(of, 'quantile_over_time(0.5, up[1h])', AT);
  // All of them, and the labels of the series.
  expect(answer.end.stats).toMatchObject({ samples: SAMPLES + 1, peakSamples: SAMPLES + 9 });
  const twice = 'quantile_over_time(0.9, up[1h]) / quantile_over_time(0.5, up[1h])';
  expect((await instant(of, twice, AT)).end.stats).toMatchObject({ samples: SAMPLES + 1 });
  const bytes = () => metric(of, 'process_resident_memory_bytes');
  await withLockedPoints(
    of,
    async () => {
      let bytesBefore = 0;
      for (let number = 0; number < WARM_UP_ROUNDS + ROUNDS; number++) {
        if (number === WARM_UP_ROUNDS) bytesBefore = await bytes();
        await round(of, number);
      }
      await waitForMetric(of, 'overseer_store_query_samples_held', 0);
      await waitForStatements(of, 0);
      await waitUntil(async () => (await bytes()) - bytesBefore < KEPT_BYTES_MAX, {
        what: `less than ${KEPT_BYTES_MAX} bytes to be kept beyond ${bytesBefore}`,
        deadlineMs: DEADLINE_MS,
      });
    },
    'later',
  );
});
