/** The `preview` command: a project of its own for each pull request. */
import { runProgram } from '@overseer/local/commands';
import { down } from './commands/down.ts';
import { list } from './commands/list.ts';
import { logs } from './commands/logs.ts';
import { status } from './commands/status.ts';
import { sweep } from './commands/sweep.ts';
import { up } from './commands/up.ts';

const commands = { up, status, logs, down, list, sweep };

await runProgram({ name: 'preview', commands }, process.argv.slice(2));
