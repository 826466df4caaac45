import { confirm } from '../terminal/confirm.ts';
import { CommandError, InterruptedError, UsageError } from './command.ts';

/**
 * Lets a person confirm what can't be undone.
 * @param what    will happen: a sentence
 * @param undone  what did not happen when it is not confirmed: `deleted`
 * @throws CommandError when it is not to be; InterruptedError; UsageError when there is nobody to ask
 */
export async function obtainConsent(
  what: string,
  undone: string,
  signal: AbortSignal,
): Promise<void> {
  const isConfirmed = await confirm(what, signal);
  if (isConfirmed) return;
  if (signal.aborted) throw new InterruptedError(`Interrupted: nothing was ${undone}.`);
  if (isConfirmed === false) throw new CommandError(`Nothing was ${undone}.`);
  throw new UsageError(
    `${what}\nThere is no terminal to ask on, so nothing was ${undone}. If that is what you want, add --yes.`,
  );
}
