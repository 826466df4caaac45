import type { TagMatcher } from '@overseer/shared';
import type { Table } from '../catalogue.ts';
import { streamCopy } from '../copy-out.ts';
import { CopyTuples } from '../copy-tuples.ts';
import { labelTest } from '../labels/label-test.ts';
import type { Database } from '../postgres.ts';

export type Tags = Readonly<Record<string, string>>;

/** Where the values of `id, tags` are, from the length of the first. */
const ID_AT = 4;
const TAGS_LENGTH_AT = 12;

const utf8 = new TextDecoder();

/** @throws AnswerError bad_data, limit: of a pattern */
export function tagsFilter(matchers: readonly TagMatcher[]): (tags: Tags) => boolean {
  const tests = matchers.map(([name, op, value]) => labelTest({ name, op, value }));
  return (tags) => tests.every((test) => test.passes(tags[test.name] ?? ''));
}

/** A part of a table's series, in order of their ids. */
export interface SeriesPage {
  /** Those with larger ids than this one; undefined: from the first on. */
  readonly after: bigint | undefined;
  readonly limit: number;
}

/**
 * Calls back for every series of a table, with the halves of its id.
 * @param page unless all are meant, in any order
 */
export async function eachSeries(
  database: Database,
  table: Table,
  take: (low: number, high: number, tags: Tags) => void,
  signal: AbortSignal,
  page?: SeriesPage,
): Promise<void> {
  const tuples = new CopyTuples(2, (view, at) => {
    const length = view.getInt32(at + TAGS_LENGTH_AT);
    const tags = JSON.parse(
      utf8.decode(new Uint8Array(view.buffer, at + TAGS_LENGTH_AT + 4, length)),
    );
    take(view.getUint32(at + ID_AT + 4), view.getUint32(at + ID_AT), tags);
  });
  const all = `SELECT id, tags::text FROM overseer.series WHERE measurement_id = ${table.id}`;
  const query = page ? `${all} ${pageClauses(page)}` : all;
  await database.begin('read only', (transaction) =>
    streamCopy(transaction, query, (chunk) => tuples.push(chunk), signal),
  );
}

function pageClauses({ after, limit }: SeriesPage): string {
  const condition = after === undefined ? '' : `AND id > ${idLiteral(after)}`;
  return `${condition} ORDER BY id LIMIT ${limit}`;
}

/** In quotes: the smallest would be the negative of a number that is no bigint. */
export const idLiteral = (id: bigint) => `'${id}'::bigint`;
