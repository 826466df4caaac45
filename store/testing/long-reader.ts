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

/** Readers of each of these turns; at any time there is one that has read for more than a second. */
const TURN_READERS = 8;
const TURN_S = 1.2;

/**
 * Reads a view by turns, so that there is always somebody who has read it for a while and nobody who goes on for long.
 * @returns ends it
 */
export async function holdByTurns(url: string, view: string): Promise<() => Promise<void>> {
  const client = connectPostgres(url, 'reader by turns', TURN_READERS + 1);
  let ended = false;
  const readers = Array.from({ length: TURN_READERS }, async (_, reader) => {
    await client.unsafe(`SELECT pg_sleep(${(reader * TURN_S) / TURN_READERS})`);
    while (!ended) {
      await client.begin(async (transaction) => {
        await transaction.unsafe(`SELECT count(*) FROM ${view}`);
        await transaction.unsafe(`SELECT pg_sleep(${TURN_S})`);
      });
    }
  });
  // By now each has begun.
  await client.unsafe(`SELECT pg_sleep(${TURN_S})`);
  return async () => {
    ended = true;
    await Promise.all(readers);
    await client.end();
  };
}
