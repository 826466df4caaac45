import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql } from 'postgres';
import { type CpuOnlyOptions, CpuOnlyWalk, FIELDS, INTERVAL_MS } from '../tsbs.ts';
import { PUBLISHED_INDEXES, publishedTables, SCHEMA } from './published-sql.ts';

/** What the client is given at once. */
const CHUNK_ROWS = 2000;

/**
 * Makes the published tables with the first rows of a load, indexed and vacuumed, and points the session
 * at them. The id of `host_7` is 8.
 * @param sql of one connection
 */
export async function fillPublishedTable(
  sql: Sql,
  options: CpuOnlyOptions,
  rows: number,
): Promise<void> {
  const fromMs = Number(options.startNs / 1_000_000n);
  const toMs = fromMs + Math.ceil(rows / options.hosts) * INTERVAL_MS;
  await sql.unsafe(publishedTables(fromMs, toMs));
  const walk = new CpuOnlyWalk(options);
  await copy(sql, 'tags', tagLines(walk));
  await copy(sql, 'cpu', rowLines(walk, rows));
  for (const statement of PUBLISHED_INDEXES) await sql.unsafe(statement);
  await sql.unsafe(`SET search_path = ${SCHEMA}`);
}

async function copy(sql: Sql, table: string, lines: Iterable<string>): Promise<void> {
  const target = await sql.unsafe(`COPY ${SCHEMA}.${table} FROM STDIN`).writable();
  await pipeline(Readable.from(lines), target);
}

function* tagLines({ tagsByHost }: CpuOnlyWalk): Iterable<string> {
  for (const [host, tags] of tagsByHost.entries()) {
    const values = tags.split(',').map((tag) => tag.slice(tag.indexOf('=') + 1));
    yield `${[host + 1, ...values].join('\t')}\n`;
  }
}

/** In PostgreSQL's text form, some rows at once. */
function* rowLines(walk: CpuOnlyWalk, rows: number): Iterable<string> {
  const unit = walk.values === 'integers' ? 1 : 100;
  let chunk = '';
  for (let row = 1; row <= rows; row++) {
    const time = new Date(Number(walk.timeNs / 1_000_000n)).toISOString();
    let line = `${time}\t${walk.host + 1}`;
    for (let field = 0; field < FIELDS.length; field++) line += `\t${walk.value(field) / unit}`;
    chunk += `${line}\n`;
    walk.advance();
    if (row % CHUNK_ROWS === 0 || row === rows) {
      yield chunk;
      chunk = '';
    }
  }
}
