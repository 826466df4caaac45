import {
  ADMINISTRATION_QUEUE,
  AnswerError,
  type AnswerWriter,
  administrationSubject,
  type Bus,
  BusRequestError,
  BusUnavailableError,
  DEAD_STREAM,
  type Logger,
  type ReplayEnd,
  readLetters,
  StreamFullError,
  serveAnswers,
} from '@overseer/shared';
import type { DeadLetterMetrics } from '../metrics/waiting-metrics.ts';
import { replayLetter } from './replay.ts';

/** Replays at a time: a second one would find the letters of the first. */
const QUESTIONS_MAX = 1;
/** In one question. */
const SEQUENCES_MAX = 10_000;
const PART_EVERY_LETTERS = 100;

/**
 * Answers `admin.dead.replay`.
 * @returns ends it
 */
export function serveDeadReplay(bus: Bus, metrics: DeadLetterMetrics, log: Logger): () => void {
  const options = { queue: ADMINISTRATION_QUEUE, openMax: QUESTIONS_MAX, log };
  return serveAnswers(
    bus,
    administrationSubject('dead.replay'),
    options,
    async ({ sequences }, answer) => {
      const end: ReplayEnd = {
        replayed: await replay(bus, sequencesOf(sequences), answer, metrics),
      };
      log.info(end, 'dead letters were replayed');
      return end;
    },
  );
}

/** @param sequences undefined: all letters that are there now */
async function replay(
  bus: Bus,
  sequences: readonly number[] | undefined,
  answer: AnswerWriter,
  metrics: DeadLetterMetrics,
): Promise<number> {
  let replayed = 0;
  try {
    const dead = await bus.stream(DEAD_STREAM);
    if (!dead) throw new AnswerError('unavailable', 'there is no stream of dead letters');
    const ranges = sequences?.map((sequence) => [sequence, sequence] as const) ?? [
      // Not those that come meanwhile: what fails again would be replayed for ever.
      [dead.firstSequence, dead.lastSequence] as const,
    ];
    for (const [first, last] of ranges) {
      for await (const letter of readLetters(bus, first, last)) {
        answer.signal.throwIfAborted();
        await replayLetter(bus, letter);
        replayed++;
        metrics.replayed();
        if (replayed % PART_EVERY_LETTERS === 0) await answer.send({ replayed });
      }
    }
    return replayed;
  } catch (error) {
    throw told(error, replayed);
  }
}

/** What the asker should know: how far it came, and why it went no further. */
function told(error: unknown, replayed: number): unknown {
  const done = `${replayed} letters were replayed, the others are still there`;
  if (error instanceof StreamFullError) {
    return new AnswerError('unavailable', `the stream of points is full; ${done}`, {
      cause: error,
    });
  }
  if (error instanceof BusUnavailableError || error instanceof BusRequestError) {
    return new AnswerError('unavailable', `${error.message}; ${done}`, { cause: error });
  }
  return error;
}

/** @throws AnswerError bad_data */
function sequencesOf(value: unknown): readonly number[] | undefined {
  if (value === undefined) return undefined;
  const isList = Array.isArray(value) && value.length <= SEQUENCES_MAX;
  if (!isList || !value.every((sequence) => Number.isSafeInteger(sequence) && sequence > 0)) {
    throw new AnswerError(
      'bad_data',
      `sequences is a list of at most ${SEQUENCES_MAX} numbers above 0`,
    );
  }
  return value;
}
