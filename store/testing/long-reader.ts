import { connectPostgres } from '../postgres.ts';

/**
 * A transaction that has read a table or a view, and stays open.
 * @returns ends it; more than once does no harm
 */
export async function holdByReading(url: string, name: string): Promise<() => Promise<void>> {
  const database = connectPostgres(url, 'long reader', 1);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: holds, resolve, reject } = Promise.withResolvers<void>();
  const transaction = database.begin(async (reader) => {
    await reader.unsafe(`SELECT count(*) FROM ${name}`);
    resolve();
    await released;
  });
  // Who waits for the reader has its error; one whose server was killed meanwhile is over too.
  const ended = transaction.then(() => undefined, reject);
  await holds;
  return async () => {
    release();
    await ended;
    await database.end({ timeout: 1 });
  };
}
