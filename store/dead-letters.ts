import { type Bus, deadSubject, type Logger } from '@overseer/shared';
import type { DeadBlock } from './plan.ts';

/** A header is one line, and short. */
const ERROR_CHARACTERS_MAX = 500;

/**
 * Puts blocks into the stream of dead letters and waits until they are there. Must come before the commit that passes them: a crash
 * between the two repeats a letter (recognised by its Nats-Msg-Id) instead of losing it.
 * @throws StreamFullError, BusUnavailableError: the partition then waits
 */
export async function buryDead(
  bus: Bus,
  partition: number,
  stream: string,
  dead: readonly DeadBlock[],
  log: Logger,
): Promise<void> {
  for (const { kind, error, payload, sequence, block, part } of dead) {
    log.error({ kind, error, sequence, block }, 'block goes to the dead letters');
    await bus.publish(deadSubject(partition), payload, {
      'Overseer-Kind': kind,
      'Overseer-Error': error.replace(/\s+/g, ' ').slice(0, ERROR_CHARACTERS_MAX),
      'Overseer-Stream': stream,
      'Overseer-Sequence': String(sequence),
      'Overseer-Block': String(block),
      'Overseer-Attempts': '1',
      'Overseer-Time': new Date().toISOString(),
      'Nats-Msg-Id': [stream, sequence, block, kind, part].join('/'),
    });
  }
}
