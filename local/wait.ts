/** Waiting for conditions. Nothing in the project sleeps and hopes. */

const POLL_INTERVAL_MS = 20;

export interface WaitOptions {
  /** What is waited for, as the end of a sentence: "PostgreSQL to accept connections". */
  readonly what: string;
  readonly deadlineMs: number;
  /** Checked before every poll; an error it throws ends the wait at once. */
  readonly giveUp?: () => void;
  /** What there was instead, asked when the deadline has passed. */
  readonly lastSeen?: () => unknown;
}

/** Something did not come about in time; the message says what. */
export class WaitedInVainError extends Error {
  override name = 'WaitedInVainError';
}

/**
 * Polls until `condition` gives something true and returns it.
 * @throws WaitedInVainError naming what was waited for, when the deadline passes first
 */
export async function waitUntil<T>(
  condition: () => T | Promise<T>,
  { what, deadlineMs, giveUp, lastSeen }: WaitOptions,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const startedAt = performance.now();
  for (;;) {
    giveUp?.();
    const value = await condition();
    if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
    if (performance.now() - startedAt > deadlineMs) {
      const seen = lastSeen ? ` Last seen: ${Bun.inspect(lastSeen())}` : '';
      throw new WaitedInVainError(
        `Waited ${Math.round(deadlineMs / 1000)} s for ${what}, in vain.${seen}`,
      );
    }
    await Bun.sleep(POLL_INTERVAL_MS);
  }
}
