import { afterAll, beforeAll, expect, test } from 'bun:test';
import { Link, type PostgresServer, startPostgres, waitUntil } from '@overseer/local/testing';
import { copyIn } from './copy-in.ts';
import { streamCopy } from './copy-out.ts';
import { connectPostgres, type Database, isOutage } from './postgres.ts';
import { SilentConnectionError } from './silent-connections.ts';

/** Much more than it takes, for machines that have other things to do. */
const DEADLINE_MS = 60_000;
/** Longer than a connection that is really dead would live. */
const LONG_STATEMENT_S = 14;

let server: PostgresServer;
let direct: Database;

beforeAll(async () => {
  server = await startPostgres();
  direct = connectPostgres(server.url, 'direct', 5);
});

afterAll(async () => {
  await direct?.end({ timeout: 1 });
  await server?.stop();
});

/** A pool that reaches PostgreSQL over a link of its own, and a table of its own. */
class Linked implements AsyncDisposable {
  readonly database: Database;

  private constructor(
    readonly name: string,
    readonly link: Link,
  ) {
    const url = new URL(server.url);
    url.port = String(link.port);
    this.database = connectPostgres(url.href, name, 4);
  }

  static async start(name: string): Promise<Linked> {
    await direct.unsafe(`CREATE TABLE ${name} (x int)`);
    return new Linked(name, await Link.start(Number(new URL(server.url).port)));
  }

  async expectNoSession(): Promise<void> {
    const sessions = () =>
      direct`SELECT pid FROM pg_stat_activity WHERE application_name = ${this.name}`;
    await waitUntil(async () => (await sessions()).length === 0, {
      what: 'PostgreSQL to end the session',
      deadlineMs: DEADLINE_MS,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.database.end({ timeout: 1 });
    await this.link[Symbol.asyncDispose]();
  }
}

async function expectSilence(pending: PromiseLike<unknown>): Promise<void> {
  const error = await Promise.resolve(pending).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SilentConnectionError);
  expect(isOutage(error)).toBe(true);
}

test.concurrent('a silent connection - its statement fails, its session ends, and another one is made', async () => {
  await using linked = await Linked.start('plain');
  const { database, link } = linked;
  await database`SELECT 1`;
  link.strand();
  await expectSilence(database`SELECT 2`);
  await linked.expectNoSession();
  expect(await database`SELECT 3 AS x`).toMatchObject([{ x: 3 }]);
});

test.concurrent('a silent connection - its transaction lets go of its locks', async () => {
  await using linked = await Linked.start('locked');
  const { database, link } = linked;
  await expectSilence(
    database.begin(async (transaction) => {
      await transaction`LOCK TABLE locked`;
      link.strand();
      await transaction`SELECT 1`;
    }),
  );
  await direct`INSERT INTO locked VALUES (1)`;
});

/** Tuples of a binary COPY, each of one int4. */
function tuples(count: number): Uint8Array {
  const tuple = Uint8Array.of(0, 1, 0, 0, 0, 4, 0, 0, 0, 7);
  const bytes = new Uint8Array(count * tuple.length);
  for (let i = 0; i < bytes.length; i += tuple.length) bytes.set(tuple, i);
  return bytes;
}

for (const [name, chunkCount] of [
  // What the kernel takes, so that the end of the COPY seems to be sent, and what it does not.
  ['little', 3],
  ['much', 32],
] as const) {
  test.concurrent(`a silent connection - a COPY with ${name} to come fails in the middle`, async () => {
    await using linked = await Linked.start(name);
    const { database, link } = linked;
    const chunk = tuples(50_000);
    function* chunks() {
      for (let i = 0; i < chunkCount; i++) {
        if (i === 2) link.strand();
        yield chunk;
      }
    }
    await expectSilence(
      database.begin((transaction) => copyIn(transaction, `${name} (x)`, chunks())),
    );
    await linked.expectNoSession();
  });
}

const MILLIONS = 'SELECT * FROM generate_series(1, 5000000)';

test.concurrent('a silent connection - a COPY out of a table fails in the middle', async () => {
  await using linked = await Linked.start('read');
  const { database, link } = linked;
  await expectSilence(
    database.begin((transaction) => streamCopy(transaction, MILLIONS, () => link.strand())),
  );
  await linked.expectNoSession();
});

test.concurrent('a quiet connection - long statements, waits for locks, slow readers and slow writers are left alone', async () => {
  await using linked = await Linked.start('quiet');
  const { database } = linked;
  const { promise: locked, resolve: onLocked } = Promise.withResolvers<void>();
  const holding = direct.begin(async (transaction) => {
    await transaction`LOCK TABLE quiet`;
    onLocked();
    await transaction`SELECT pg_sleep(${LONG_STATEMENT_S})`;
  });
  await locked;
  await direct`CREATE TABLE given (x int)`;
  const giving = database.begin(async (transaction) => {
    const writable = await transaction.unsafe('COPY given FROM STDIN').writable();
    writable.write('1\n');
    await holding;
    const { promise: finished, resolve } = Promise.withResolvers<void>();
    writable.end('2\n', () => resolve());
    await finished;
  });
  let taken = 0;
  const reading = database.begin((transaction) =>
    streamCopy(transaction, MILLIONS, async ({ length }) => {
      if (taken === 0) await holding;
      taken += length;
    }),
  );
  await Promise.all([
    holding,
    giving,
    reading,
    database`SELECT pg_sleep(${LONG_STATEMENT_S})`,
    database`INSERT INTO quiet VALUES (1)`,
  ]);
  expect(taken).toBeGreaterThan(5_000_000 * 10);
  expect(await direct`SELECT x FROM given`).toHaveLength(2);
});
