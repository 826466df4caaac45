/** The `overseer` command. */
import { backup } from './commands/backup.ts';
import { dead } from './commands/dead.ts';
import { deleteCommand } from './commands/delete.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { runProgram } from './commands/program.ts';
import { restore } from './commands/restore.ts';
import { retention } from './commands/retention.ts';
import { sql } from './commands/sql.ts';
import { sqlUser } from './commands/sql-user.ts';
import { status } from './commands/status.ts';
import { token } from './commands/token.ts';

const commands = {
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
};

await runProgram({ name: 'overseer', commands }, process.argv.slice(2));
