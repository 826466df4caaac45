/** The `overseer` command. */
import { SettingError } from '@overseer/shared/settings';
import { type Command, UsageError } from './commands/command.ts';
import { sql } from './commands/sql.ts';
import { token } from './commands/token.ts';

const commands: Readonly<Record<string, Command>> = {
  sql,
  token,
  help: {
    summary: 'tell about the commands, or about one of them',
    usage: 'overseer help [<command>]',
    async run([name]) {
      console.log(name === undefined ? overview() : find(name).usage);
      return 0;
    },
  },
};

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  );
  return ['overseer <command>', '', ...lines].join('\n');
}

/** @throws UsageError */
function find(name: string): Command {
  const command = commands[name];
  if (command) return command;
  throw new UsageError(`There is no command "${name}".\n\n${overview()}`);
}

async function main([name = 'help', ...args]: readonly string[]): Promise<number> {
  try {
    return await find(name).run(args);
  } catch (error) {
    if (!isUsers(error)) throw error;
    console.error(error.message);
    return 2;
  }
}

/** Mistakes in the call or in the environment. `parseArgs` marks its own by their code. */
function isUsers(error: unknown): error is Error {
  if (error instanceof UsageError || error instanceof SettingError) return true;
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  );
}

process.exitCode = await main(process.argv.slice(2));
