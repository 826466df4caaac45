import { AnswerError } from '@overseer/shared';
import { streamCopy } from '../copy-out.ts';
import { type Database, isTableOrColumnMissing, sqlState, type Transaction } from '../postgres.ts';
import type { ReadBudget } from '../promql/series-source.ts';

/** What was read is counted against the budget whenever it is so much. */
const SPEND_BYTES = 256 * 1024;
/** PostgreSQL would start some scans in the middle of a table, to share pages with others: then all that comes is to be sorted. */
const IN_ORDER = 'SET LOCAL synchronize_seqscans = off';

const QUERY_CANCELED = '57014';

/** Takes the bytes of a COPY and makes samples of them. */
export interface CopyDecoder {
  readonly samples: { readonly size: number };
  push(chunk: Buffer): void;
}

/**
 * Reads measurements as of one moment, with however many statements.
 * @param settings statements before the first, sent together with it
 * @returns false: a table, or a column, is gone since the index was refreshed
 * @throws AnswerError timeout
 */
export async function readSnapshot(
  database: Database,
  settings: readonly string[],
  read: (transaction: Transaction) => Promise<void>,
): Promise<boolean> {
  try {
    await database.begin('isolation level repeatable read read only', async (transaction) => {
      const setting = transaction
        .unsafe([IN_ORDER, ...settings].join('; '))
        .simple()
        .execute();
      await Promise.all([setting, read(transaction)]);
    });
    return true;
  } catch (error) {
    if (!isTableOrColumnMissing(error)) throw readingError(error);
    return false;
  }
}

/** Has a decoder take all rows of a statement. */
export async function scan(
  transaction: Transaction,
  query: string,
  decoder: CopyDecoder,
  budget: ReadBudget,
): Promise<void> {
  let samples = decoder.samples.size;
  let bytes = 0;
  const spend = () => {
    budget.spend(decoder.samples.size - samples, bytes);
    samples = decoder.samples.size;
    bytes = 0;
  };
  await streamCopy(
    transaction,
    query,
    (chunk) => {
      decoder.push(chunk);
      bytes += chunk.length;
      if (bytes >= SPEND_BYTES) spend();
    },
    budget.signal,
  );
  spend();
}

function readingError(error: unknown): unknown {
  if (sqlState(error) !== QUERY_CANCELED) return error;
  return new AnswerError(
    'timeout',
    'PostgreSQL took longer to read the samples than it may: ask for fewer series or less time',
    { cause: error },
  );
}
