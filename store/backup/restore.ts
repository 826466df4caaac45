import { createLogger, type Logger } from '@overseer/shared';
import { copyIn } from '../copy-in.ts';
import { MIGRATIONS_COUNT, migrate, UNFINISHED_RESTORE } from '../migrations.ts';
import { connectPostgres, type Database, type Transaction } from '../postgres.ts';
import { dashboardsOf } from './dashboards.ts';
import type { BackupHead, SectionHead } from './format.ts';
import { BackupReader, type Section } from './reader.ts';
import { checkDatabase, removeEverything } from './replaced-database.ts';
import { RestoreError } from './restore-error.ts';
import { readCatalogueTables, type Structure } from './structure.ts';

/** One holds the lock, one works. */
const CONNECTIONS_MAX = 2;

export interface RestoreOptions {
  readonly databaseUrl: string;
  readonly path: string;
  /** Whether what Overseer has in the database is removed before. */
  readonly isReplacing: boolean;
  /** Told of bytes of the file that are done, of all. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface RestoreSummary {
  readonly head: BackupHead;
  /** What the database has now, which a later release may have migrated. */
  readonly catalogue: number;
  readonly measurements: number;
  readonly timePartitions: number;
  /** That the backup has, for `returnDashboards`; null: it was made without them. */
  readonly dashboards: number | null;
}

/**
 * Puts a backup into a database that Overseer has not used, or whose content it replaces. The catalogue is made as the release that
 * made the backup had it, filled, and then migrated as an upgrade would. Until all of it is there, no store starts on the database.
 * @throws RestoreError, BackupFormatError; what PostgreSQL and the file system throw
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreSummary> {
  using reader = new BackupReader(options.path);
  if (reader.head.catalogue > MIGRATIONS_COUNT) {
    throw new RestoreError(
      `the backup has version ${reader.head.catalogue} of the catalogue, this release knows ${MIGRATIONS_COUNT}: use a later release`,
    );
  }
  const database = connectPostgres(options.databaseUrl, 'overseer-restore', CONNECTIONS_MAX);
  try {
    // A transaction that lasts as long as the restore, for the lock in it.
    return (await database.begin(async (locking) => {
      await checkDatabase(locking, options.isReplacing);
      if (options.isReplacing) await removeEverything(database);
      return await new Restore(database, reader, options.onProgress).run();
    })) as RestoreSummary;
  } finally {
    await database.end({ timeout: 1 });
  }
}

class Restore {
  readonly #log: Logger = createLogger('restore');
  #structure: Structure | undefined;
  #dashboards: number | null = null;

  constructor(
    private readonly database: Database,
    private readonly reader: BackupReader,
    private readonly onProgress: (done: number, total: number) => void,
  ) {}

  async run(): Promise<RestoreSummary> {
    const { head } = this.reader;
    await this.database
      .unsafe(
        `CREATE SCHEMA overseer; CREATE TABLE ${UNFINISHED_RESTORE} (begun_at timestamptz DEFAULT now())`,
      )
      .simple();
    await migrate(this.database, { version: head.catalogue, isRestoring: true });
    await this.#empty();
    for (const section of this.reader.sections()) await this.#take(section);
    const structure = this.#structure;
    if (!structure) throw new RestoreError('the backup says nothing of its tables');
    await this.#finish(structure);
    const catalogue = await migrate(this.database, { isRestoring: true });
    await this.database.unsafe(`DROP TABLE ${UNFINISHED_RESTORE}`);
    return {
      ...{ head, catalogue },
      measurements: structure.tables.length,
      timePartitions: structure.tables.flatMap(({ partitions }) => partitions).length,
      dashboards: this.#dashboards,
    };
  }

  /** Migrations put rows into tables that the backup has whole. */
  async #empty(): Promise<void> {
    await this.database.begin(async (transaction) => {
      const names = (await readCatalogueTables(transaction)).map(({ name }) => name);
      await transaction.unsafe(`TRUNCATE ${names.join(', ')}`);
    });
  }

  async #take({ head, content }: Section): Promise<void> {
    if (head.kind === 'structure') {
      const structure = JSON.parse(Buffer.concat([...content()]).toString()) as Structure;
      await this.#makeTables(structure);
      this.#structure = structure;
      return;
    }
    if (head.kind === 'dashboards') {
      // NATS takes them, when a store has made their bucket.
      this.#dashboards = [...dashboardsOf(content())].length;
      return;
    }
    await this.database.begin((transaction) => this.#fill(transaction, head, content()));
  }

  async #fill(
    transaction: Transaction,
    { table, columns }: Extract<SectionHead, { kind: 'rows' }>,
    content: Iterable<Uint8Array>,
  ): Promise<void> {
    await copyIn(transaction, `${table} (${columns.join(', ')})`, this.#counted(content));
  }

  *#counted(content: Iterable<Uint8Array>): Generator<Uint8Array, void, void> {
    for (const chunk of content) {
      yield chunk;
      this.onProgress(this.reader.bytes, this.reader.size);
    }
  }

  /** Tables and their partitions, without indexes of the partitions' own, which are made faster when the rows are there. */
  async #makeTables({ schemas, tables }: Structure): Promise<void> {
    for (const schema of schemas) await this.database.unsafe(`CREATE SCHEMA ${schema}`);
    for (const { name, columns, indexes, partitions } of tables) {
      const definitions = columns.map((column) => `${column.name} ${column.definition}`);
      await this.#run(
        `CREATE TABLE ${name} (${definitions.join(', ')}) PARTITION BY RANGE (time)`,
        ...indexes,
      );
      for (const { name: partition, bound, options } of partitions) {
        const storage = options ? ` WITH (${options})` : '';
        await this.#run(
          `CREATE TABLE ${partition} (LIKE ${name} INCLUDING DEFAULTS INCLUDING STORAGE)${storage}`,
          `ALTER TABLE ${name} ATTACH PARTITION ${partition} ${bound}`,
        );
      }
    }
  }

  async #finish({ sequences, tables, views }: Structure): Promise<void> {
    for (const { name, value, isCalled } of sequences) {
      await this
        .database`SELECT setval(${name}::text::regclass, ${value}::text::bigint, ${isCalled})`;
    }
    for (const { partitions } of tables) {
      for (const { name, indexes } of partitions) await this.#run(...indexes, `ANALYZE ${name}`);
    }
    for (const { name, query } of views) {
      await this.database.unsafe(`CREATE VIEW ${name} AS ${query}`).catch((error: unknown) => {
        this.#log.error(
          { view: name, err: error },
          'a view could not be made again; its rows are there',
        );
      });
    }
    // Owners of before own nothing here, and no epoch of theirs may come again.
    await this.#run(
      `UPDATE overseer.leases SET owner = '', until = '-infinity', epoch = greatest(epoch, extract(epoch FROM now())::bigint)`,
      `UPDATE overseer.progress p SET epoch = greatest(p.epoch, (SELECT l.epoch FROM overseer.leases l WHERE l.partition = p.partition))`,
      'ANALYZE overseer.series',
    );
  }

  async #run(...statements: readonly string[]): Promise<void> {
    if (statements.length > 0) await this.database.unsafe(statements.join(';\n')).simple();
  }
}
