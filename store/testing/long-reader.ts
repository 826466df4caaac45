import { connectPostgres } from '../postgres.ts';

/**
 * A transaction that has read tables or views, and stays open.
 * @returns ends it; more than once does no harm
 */
export async function holdByReading(
  url: string,
  ...names: readonly string[]
): Promise<() => Promise<void>> {
  const database = connectPostgres(url, 'long reader', 1);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: holds, resolve, reject } = Promise.withResolvers<void>();
  const transaction = database.begin(async (reader) => {
    for (const name of names) await reader.unsafe(`SELECT count(*) FROM ${name}`);
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
