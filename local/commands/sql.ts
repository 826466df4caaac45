/** `overseer sql`: the embedded PostgreSQL comes without psql. */
import { parseArgs } from 'node:util';
import postgres from 'postgres';
import { formatJson, formatTable, type ResultTable } from '../table.ts';
import { type Command, UsageError } from './command.ts';
import { runningDatabase } from './database.ts';

const CONNECT_TIMEOUT_S = 5;
const READ_ONLY_TRANSACTION = '25006';

export const sql: Command = {
  summary: 'run SQL and print the rows',
  usage: `overseer sql [--json] [--write] '<statement>'

Runs one or more statements in the running instance, or in DATABASE_URL when that is set.
The measurements of the database "demo" are the views demo.<measurement>: docs/sql.md. Nothing can be
changed by it, unless --write is given: it connects as the store does, who may change everything.

--json   prints each result as an array of objects instead of a table. Values of the types bigint
         and numeric are strings, so that no digit is lost.
--write  lets the statements change what is in the database`,

  async run(args) {
    const { asJson, mayWrite, statement } = parse(args);
    const client = postgres(runningDatabase(), {
      max: 1,
      connect_timeout: CONNECT_TIMEOUT_S,
      fetch_types: false,
      onnotice: (notice) => console.error(`${notice.severity}: ${notice.message}`),
      connection: { application_name: 'overseer sql', default_transaction_read_only: !mayWrite },
    });
    try {
      for (const result of await runStatements(client, statement)) {
        process.stdout.write(asJson ? formatJson(result) : formatTable(result));
      }
      return 0;
    } catch (error) {
      console.error(describeError(error, statement));
      return 1;
    } finally {
      await client.end();
    }
  },
};

interface Call {
  readonly asJson: boolean;
  readonly mayWrite: boolean;
  readonly statement: string;
}

/** @throws UsageError */
function parse(args: readonly string[]): Call {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [statement, ...rest] = positionals;
  if (!statement?.trim()) throw new UsageError('The statement is missing.');
  if (rest.length > 0) {
    throw new UsageError('More than one argument: put the whole statement in quotes.');
  }
  return { asJson: values.json, mayWrite: values.write, statement };
}

/** Values are taken as the text the server sends: nothing passes through a float or a Date. */
async function runStatements(client: postgres.Sql, statement: string): Promise<ResultTable[]> {
  const answer = await client.unsafe(statement).raw();
  // Several statements give a list of results; one gives its result, which is a list of rows.
  const results = 'command' in answer ? [answer] : (answer as (typeof answer)[]);
  return results.map((result) => ({
    command: result.command,
    count: result.count,
    columns: (result.columns ?? []).map(({ name, type }) => ({ name, typeId: type })),
    rows: result.map((row) => row.map((value) => (value === null ? null : decode(value)))),
  }));
}

const decoder = new TextDecoder();
const decode = (value: Uint8Array): string => decoder.decode(value);

/** What PostgreSQL says about a mistake, with the place in the statement. */
function describeError(error: unknown, statement: string): string {
  if (!(error instanceof postgres.PostgresError)) {
    return `Can't reach PostgreSQL: ${error instanceof Error ? error.message : String(error)}`;
  }
  const lines = [`${error.severity}: ${error.message} (${error.code})`];
  if (error.position) lines.push(...pointAt(statement, Number(error.position)));
  if (error.detail) lines.push(`Detail: ${error.detail}`);
  if (error.hint) lines.push(`Hint: ${error.hint}`);
  if (error.code === READ_ONLY_TRANSACTION) {
    lines.push('Hint: "overseer sql --write" lets statements change what is in the database.');
  }
  return lines.join('\n');
}

/** The line of the statement with the mistake, and a mark below it. PostgreSQL counts characters from 1. */
function pointAt(statement: string, position: number): string[] {
  const before = [...statement].slice(0, position - 1).join('');
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = statement.slice(lineStart).split('\n', 1)[0] ?? '';
  return [`  ${line}`, `  ${' '.repeat(Bun.stringWidth(before.slice(lineStart)))}^`];
}
