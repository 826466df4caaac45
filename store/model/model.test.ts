import { expect, test } from 'bun:test';
import { createLogger } from '@overseer/shared';
import { tellStory } from './story.ts';

/** What a run is told by: the same seed, the same stories; MODEL_SECONDS makes them longer. */
const SEED = Number(Bun.env.MODEL_SEED ?? 1);
const SECONDS = Number(Bun.env.MODEL_SECONDS ?? 20);
const OPERATIONS_MAX = 60;
/** For the last story to end, with its checks. */
const ENDING_SECONDS = 120;

test(
  'store - stores what a simple model does, whatever happens to it',
  async () => {
    const log = createLogger('model');
    const signal = AbortSignal.timeout(SECONDS * 1000);
    for (let seed = SEED; !signal.aborted; seed++) {
      const story = { seed, operations: OPERATIONS_MAX, signal, log };
      const { differences } = await tellStory(story);
      expect(differences, `MODEL_SEED=${seed} MODEL_SECONDS=120`).toEqual([]);
    }
  },
  (SECONDS + ENDING_SECONDS) * 1000,
);
