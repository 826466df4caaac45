import postgres, { type Sql } from 'postgres';
import type { Benchmark, Contender } from '../harness.ts';
import { startLineServers } from '../line-servers.ts';
import { LoadGenerator } from '../load.ts';
import { postgresVersion, startDurablePostgres } from '../postgres.ts';
import { copyRows, encodeLoad, makeCopyTable } from '../raw-copy.ts';
import type { WriteServer } from '../servers/write-server.ts';
import { type CpuOnlyOptions, FIELDS } from '../tsbs.ts';
import { SCHEMA } from '../tsbs-queries/published-sql.ts';
import { fillPublishedTable } from '../tsbs-queries/published-table.ts';

const HOSTS = 1000;
const SEED = 1;
/** Of the first line before now: partitions that nobody writes to any more, and within everybody's retention. */
const AGE_NS = 3n * 86_400n * 1_000_000_000n;
const BODY_BYTES_MAX = 1024 * 1024;
const SENDERS = 8;
const DATABASE = 'disk';
const VALUE_KINDS = ['integers', 'decimals'] as const;

/** What a value takes on the disk once nothing works on it any more. */
export const disk: Benchmark = {
  name: 'disk',
  question:
    'How many bytes does a value have on the disk, its share of times, tags and indexes included?',
  async prepare(context) {
    const { quick, progress } = context;
    const lines = quick ? 20_000 : 2_000_000;
    await using started = new AsyncDisposableStack();
    const { servers, parameters, versions } = await startLineServers(started, 'disk', context);
    progress('disk: starting PostgreSQL for plain SQL');
    const plain = started.use(await startDurablePostgres());
    const sql = postgres(plain.url, { max: 1, onnotice: () => {} });
    started.defer(() => sql.end());
    const startNs = BigInt(Date.now()) * 1_000_000n - AGE_NS;
    const contenders = VALUE_KINDS.flatMap((values) => {
      const load: CpuOnlyOptions = { hosts: HOSTS, seed: SEED, startNs, values };
      return [
        ...servers.map((server) => serverContender(server, load, lines, quick)),
        copyContender(sql, load, lines),
        publishedContender(sql, load, lines),
      ];
    });
    const others = [...servers.slice(1).map(({ name }) => name), COPY, PUBLISHED];
    const all = started.move();
    return {
      contenders,
      ratios: VALUE_KINDS.flatMap((values) =>
        others.map((other) => {
          const [of, to] = [`${values}: overseer`, `${values}: ${other}`];
          return { name: `${of} / ${other}`, figure: 'diskBytesPerValue', of, to };
        }),
      ),
      parameters: { lines, hosts: HOSTS, valuesPerLine: FIELDS.length, seed: SEED, ...parameters },
      versions: { ...versions, postgres: await postgresVersion(sql) },
      // What is on the disk is the same each time.
      rounds: 1,
      isCold: true,
      stop: () => all.disposeAsync(),
    };
  },
};

const COPY = 'COPY into a heap';
const PUBLISHED = 'published SQL';

function serverContender(
  server: WriteServer,
  load: CpuOnlyOptions,
  lines: number,
  quick: boolean,
): Contender {
  const database = `${DATABASE}_${load.values}`;
  return {
    name: `${load.values}: ${server.name}`,
    async run() {
      await using generator = await LoadGenerator.start(load);
      await generator.prepare(lines, BODY_BYTES_MAX, SENDERS);
      await server.resume();
      try {
        await server.createDatabase(database);
        const bytesBefore = await server.diskBytes();
        await generator.push(server.writeUrl(database));
        await server.stored(database, lines);
        if (!quick) await server.settle?.();
        return perValue((await server.diskBytes()) - bytesBefore, lines);
      } finally {
        await server.pause();
      }
    },
  };
}

/** Rows with nothing but time, series and fields, and no index: less than this PostgreSQL can't take for rows. */
function copyContender(sql: Sql, load: CpuOnlyOptions, lines: number): Contender {
  return {
    name: `${load.values}: ${COPY}`,
    async run() {
      const { columns, chunks } = encodeLoad(load, lines);
      await makeCopyTable(sql, 'heap', columns);
      await copyRows(sql, chunks);
      const [row] = await sql`select pg_total_relation_size('raw_copy')::float8 as bytes`;
      await sql`drop table raw_copy`;
      return perValue(row?.bytes, lines);
    },
  };
}

/** The tables and indexes that TSBS publishes for plain PostgreSQL. */
function publishedContender(sql: Sql, load: CpuOnlyOptions, lines: number): Contender {
  return {
    name: `${load.values}: ${PUBLISHED}`,
    async run() {
      await fillPublishedTable(sql, load, lines);
      const [row] = await sql`
        select sum(pg_table_size(c.oid) + pg_indexes_size(c.oid))::float8 as bytes
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ${SCHEMA} and c.relkind in ('r', 'p')`;
      await sql`drop schema ${sql(SCHEMA)} cascade`;
      await sql`reset search_path`;
      return perValue(row?.bytes, lines);
    },
  };
}

function perValue(bytes: number, lines: number) {
  return { diskBytesPerValue: bytes / (lines * FIELDS.length) };
}
