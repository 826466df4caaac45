/** A program of several commands: finds the one that is meant, and turns its errors into words and exit codes. */
import { type Command, type CommandContext, UsageError } from './command.ts';
import { describeFailure, EXIT } from './failure.ts';

/** What the user calls: `overseer <command>`. */
export interface CommandProgram {
  /** As the user writes it, such as `overseer`. */
  readonly name: string;
  /** By their names. */
  readonly commands: Readonly<Record<string, Command>>;
}

/**
 * Runs the command that the words name, to its end, and ends the process with its exit code.
 * @param words behind the program's name
 */
export async function runProgram(program: CommandProgram, words: readonly string[]): Promise<void> {
  process.exitCode = await runWords(program, words);
  // Something may still be under way that nobody waits for, such as a write that a stopped reader never takes.
  if (process.exitCode === EXIT.interrupted) process.exit();
}

async function runWords(program: CommandProgram, words: readonly string[]): Promise<number> {
  const commands = { ...program.commands, help: helpCommand(program) };
  const [name = 'help', ...args] = words[0] === '--help' || words[0] === '-h' ? [] : words;
  try {
    const command = findCommand({ ...program, commands }, name);
    if (asksForHelp(args)) {
      console.log(command.usage);
      return EXIT.done;
    }
    return await command.run(args, interruptible());
  } catch (error) {
    const failure = describeFailure(error);
    if (!failure) throw error;
    console.error(failure.message);
    return failure.exitCode;
  }
}

function helpCommand(program: CommandProgram): Command {
  const help: Command = {
    summary: 'tell about the commands, or about one of them',
    usage: `${program.name} help [<command>]`,
    async run([name]) {
      const all = { ...program, commands: { ...program.commands, help } };
      console.log(name === undefined ? overview(all) : findCommand(all, name).usage);
      return EXIT.done;
    },
  };
  return help;
}

function overview({ name, commands }: CommandProgram): string {
  const width = Math.max(...Object.keys(commands).map((each) => each.length));
  const lines = Object.entries(commands).map(
    ([each, { summary }]) => `  ${each.padEnd(width)}  ${summary}`,
  );
  return [
    `${name} <command>`,
    '',
    ...lines,
    '',
    `"${name} <command> --help" tells more. Exit codes: 0 done, 1 failed, 2 called in a wrong way, 130 interrupted.`,
  ].join('\n');
}

/** @throws UsageError */
function findCommand(program: CommandProgram, name: string): Command {
  const command = Object.hasOwn(program.commands, name) ? program.commands[name] : undefined;
  if (command) return command;
  throw new UsageError(`There is no command "${name}".\n\n${overview(program)}`);
}

/** Behind `--` everything is meant as it stands. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

/** The first Ctrl-C asks the command to end in order; the second one is left to the system, which ends the process. */
function interruptible(): CommandContext {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort());
  }
  return { signal: controller.signal };
}
