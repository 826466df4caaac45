import { AnswerError, type AnswerErrorKind } from '@overseer/shared/answer-error';
import {
  BusRequestError,
  BusSetupError,
  BusUnavailableError,
  StreamReplacedError,
} from '@overseer/shared/bus-errors';
import { SettingError } from '@overseer/shared/settings';
import { CommandError, InterruptedError, UsageError } from './command.ts';

/** How a command ended; scripts may rely on these. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** What the user reads, and the exit code. */
export interface Failure {
  readonly message: string;
  readonly exitCode: number;
}

/** What to do about a refusal, behind the words of whoever refused. */
const ADVICE: Readonly<Partial<Record<AnswerErrorKind, string>>> = {
  unavailable:
    'Check with "overseer status" that the store runs and reaches PostgreSQL, then try again.',
  timeout: 'Ask for less at once.',
  internal: 'That is a bug: the log of the store has the details.',
};

/** Words for an error that is not a bug of the command; undefined for one that is. `parseArgs` marks its own by their code. */
export function describeFailure(error: unknown): Failure | undefined {
  if (error instanceof UsageError || error instanceof SettingError || isOfParseArgs(error)) {
    return { message: error.message, exitCode: EXIT.usage };
  }
  if (error instanceof CommandError) return { message: error.message, exitCode: EXIT.failed };
  if (error instanceof InterruptedError) {
    return { message: error.message, exitCode: EXIT.interrupted };
  }
  if (error instanceof AnswerError) return describeAnswer(error);
  if (isOfSystem(error)) return { message: sentence(error.message), exitCode: EXIT.failed };
  const isOfBus = [BusUnavailableError, BusSetupError, BusRequestError, StreamReplacedError].some(
    (kind) => error instanceof kind,
  );
  if (isOfBus) return { message: sentence((error as Error).message), exitCode: EXIT.failed };
  return undefined;
}

function describeAnswer({ kind, message }: AnswerError): Failure {
  if (kind === 'canceled') return { message: 'Interrupted.', exitCode: EXIT.interrupted };
  const advice = ADVICE[kind];
  return {
    message: sentence(message) + (advice ? ` ${advice}` : ''),
    exitCode: kind === 'bad_data' ? EXIT.usage : EXIT.failed,
  };
}

/** Services begin their words in lower case and end them without a full stop. */
function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

function isOfParseArgs(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  );
}

/** A file that is not there or may not be written, a full disk: the system's words name it. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
