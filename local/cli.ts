/** The `overseer` command. */
import { backup } from './commands/backup.ts';
import type { Command, CommandContext } from './commands/command.ts';
import { UsageError } from './commands/command.ts';
import { dead } from './commands/dead.ts';
import { deleteCommand } from './commands/delete.ts';
import { exportCommand } from './commands/export.ts';
import { describeFailure, EXIT } from './commands/failure.ts';
import { importCommand } from './commands/import.ts';
import { restore } from './commands/restore.ts';
import { retention } from './commands/retention.ts';
import { sql } from './commands/sql.ts';
import { sqlUser } from './commands/sql-user.ts';
import { status } from './commands/status.ts';
import { token } from './commands/token.ts';

const commands: Readonly<Record<string, Command>> = {
  status,
  sql,
  'sql-user': sqlUser,
  import: importCommand,
  export: exportCommand,
  retention,
  delete: deleteCommand,
  dead,
  backup,
  restore,
  token,
  help: {
    summary: 'tell about the commands, or about one of them',
    usage: 'overseer help [<command>]',
    async run([name]) {
      console.log(name === undefined ? overview() : find(name).usage);
      return EXIT.done;
    },
  },
};

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  );
  return [
    'overseer <command>',
    '',
    ...lines,
    '',
    '"overseer <command> --help" tells more. Exit codes: 0 done, 1 failed, 2 called in a wrong way, 130 interrupted.',
  ].join('\n');
}

/** @throws UsageError */
function find(name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return command;
  throw new UsageError(`There is no command "${name}".\n\n${overview()}`);
}

async function main(words: readonly string[]): Promise<number> {
  const [name = 'help', ...args] = words[0] === '--help' || words[0] === '-h' ? [] : words;
  try {
    const command = find(name);
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

process.exitCode = await main(process.argv.slice(2));
// Something may still be under way that nobody waits for, such as a write that a stopped reader never takes.
if (process.exitCode === EXIT.interrupted) process.exit();
