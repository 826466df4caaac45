/** What another command line of the project is made of, so that it behaves as `overseer` does. */
export { eachLine } from '../lines.ts';
export { formatColumns } from '../terminal/columns.ts';
export { formatDurationMs } from '../terminal/units.ts';
export {
  type Command,
  type CommandContext,
  CommandError,
  InterruptedError,
  UsageError,
} from './command.ts';
export { obtainConsent } from './consent.ts';
export { describeFailure, EXIT } from './failure.ts';
export { runProgram } from './program.ts';
