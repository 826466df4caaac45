import { connectPostgres, type Database, isTableMissing, type Transaction } from '../postgres.ts';
import { copyTuples } from './copy-tuples.ts';
import { type KeptDashboard, writeDashboards } from './dashboards.ts';
import { type BackupHead, FORMAT_VERSION } from './format.ts';
import {
  type CatalogueTable,
  type PointsTable,
  readCatalogueTables,
  readStructure,
} from './structure.ts';
import { BackupWriter } from './writer.ts';

/** One holds the snapshot, one copies. */
const CONNECTIONS_MAX = 2;
const SNAPSHOT = 'isolation level repeatable read read only';

export interface BackupOptions {
  readonly databaseUrl: string;
  readonly path: string;
  /** Of NATS; undefined: they are left out. */
  readonly dashboards?: readonly KeptDashboard[] | undefined;
  /** Told of bytes on PostgreSQL's disk that are done, of all. */
  readonly onProgress: (done: number, total: number) => void;
}

export interface BackupSummary {
  readonly head: BackupHead;
  /** Of the file. */
  readonly bytes: number;
  readonly measurements: number;
  readonly timePartitions: number;
  /** null: they were left out. */
  readonly dashboards: number | null;
  /** Time partitions that were dropped while the backup was made. */
  readonly gone: readonly string[];
}

/** There is nothing that could be backed up. */
export class BackupError extends Error {
  override name = 'BackupError';
}

/**
 * Writes everything that Overseer has in PostgreSQL to a file, as of one moment: positions, catalogue, series and points belong together,
 * whatever is written meanwhile. Each table is locked against changes only while it is copied, so that nobody waits for the whole backup.
 * @throws BackupError; what PostgreSQL and the file system throw
 */
export async function makeBackup(options: BackupOptions): Promise<BackupSummary> {
  const database = connectPostgres(options.databaseUrl, 'overseer-backup', CONNECTIONS_MAX);
  try {
    return (await database.begin(SNAPSHOT, async (transaction) => {
      const head = await readHead(transaction);
      const [row] = await transaction`SELECT pg_export_snapshot() AS snapshot`;
      using writer = new BackupWriter(options.path, head);
      const backup = new Backup(database, row?.snapshot, writer, options.onProgress);
      if (options.dashboards) writeDashboards(writer, options.dashboards);
      const summary = await backup.write(transaction);
      writer.finish();
      const dashboards = options.dashboards?.length ?? null;
      return { ...summary, dashboards, head, bytes: writer.bytes };
    })) as BackupSummary;
  } finally {
    await database.end({ timeout: 1 });
  }
}

async function readHead(transaction: Transaction): Promise<BackupHead> {
  const [found] =
    await transaction`SELECT to_regclass('overseer.migrations') IS NOT NULL AS is_there`;
  if (!found?.is_there) {
    throw new BackupError('no store has used this database yet: there is nothing to back up');
  }
  const [row] = await transaction`
    SELECT (SELECT max(version) FROM overseer.migrations) AS catalogue,
      (SELECT id FROM overseer.installation) AS installation,
      current_setting('server_version') AS postgres`;
  const positions = await transaction`
    SELECT partition, stream, seq FROM overseer.progress ORDER BY partition`;
  return {
    format: FORMAT_VERSION,
    catalogue: Number(row?.catalogue),
    madeAt: new Date().toISOString(),
    postgres: row?.postgres,
    installation: row?.installation ?? '',
    positions: positions.map(({ partition, stream, seq }) => ({
      ...{ partition, stream },
      sequence: Number(seq),
    })),
  };
}

class Backup {
  readonly #gone: string[] = [];
  #done = 0;
  #total = 0;

  constructor(
    private readonly database: Database,
    private readonly snapshot: string,
    private readonly writer: BackupWriter,
    private readonly onProgress: (done: number, total: number) => void,
  ) {}

  /** @param transaction the one that holds the snapshot */
  async write(
    transaction: Transaction,
  ): Promise<Pick<BackupSummary, 'measurements' | 'timePartitions' | 'gone'>> {
    for (const { name, columns } of await readCatalogueTables(transaction)) {
      await this.#copy(name, { name, columns });
    }
    const structure = await readStructure(transaction);
    this.writer.begin({ kind: 'structure' });
    this.writer.add(Buffer.from(JSON.stringify(structure)));
    this.writer.end();
    const partitions = structure.tables.flatMap((table) => table.partitions);
    this.#total = partitions.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const table of structure.tables) await this.#writePoints(table);
    return {
      measurements: structure.tables.length,
      timePartitions: partitions.length,
      gone: this.#gone,
    };
  }

  async #writePoints(table: PointsTable): Promise<void> {
    const columns = table.columns.map(({ name }) => name);
    for (const { name, bytes } of table.partitions) {
      try {
        await this.#copy(`ONLY ${name}`, { name, columns }, bytes);
      } catch (error) {
        // Dropped since the snapshot, which knows it and can't bring it back.
        if (!isTableMissing(error)) throw error;
        this.#gone.push(name);
      }
      this.#done += bytes;
      this.onProgress(this.#done, this.#total);
    }
  }

  /** A table in a transaction of its own, of the one snapshot: its lock ends with the table. */
  async #copy(source: string, table: CatalogueTable, diskBytes = 0): Promise<void> {
    const columns = table.columns.join(', ');
    let copied = 0;
    let isBegun = false;
    const begin = () => {
      if (isBegun) return;
      isBegun = true;
      this.writer.begin({ kind: 'rows', table: table.name, columns: table.columns });
    };
    await this.database.begin(SNAPSHOT, async (transaction) => {
      await transaction.unsafe(`SET TRANSACTION SNAPSHOT '${this.snapshot}'`);
      await copyTuples(transaction, `SELECT ${columns} FROM ${source}`, (tuples) => {
        begin();
        this.writer.add(tuples);
        copied += tuples.length;
        this.onProgress(this.#done + Math.min(copied, diskBytes), this.#total);
      });
    });
    begin();
    this.writer.end();
  }
}
