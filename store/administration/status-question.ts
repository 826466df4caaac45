import {
  type AnswerWriter,
  type Bus,
  type DatabaseStatus,
  type PartitionStatus,
  POINTS_STREAM,
  pointsSubject,
  readStreamStatus,
  type StatusEnd,
  type StatusPart,
} from '@overseer/shared';
import type { Database } from '../postgres.ts';

/** Of one part of the answer: names have up to 128 bytes. */
const DATABASES_A_PART = 500;

/** How everything stands, as PostgreSQL and NATS have it: any store can tell. */
export async function readStatus(
  bus: Bus,
  database: Database,
  answer: AnswerWriter,
): Promise<StatusEnd> {
  const databases = await readDatabaseStatus(database);
  for (let at = 0; at < databases.length; at += DATABASES_A_PART) {
    const part: StatusPart = { databases: databases.slice(at, at + DATABASES_A_PART) };
    await answer.send(part);
  }
  const [size] = await database`SELECT pg_database_size(current_database())::float8 AS bytes`;
  return {
    streams: await readStreamStatus(bus),
    partitions: await readPartitions(bus, database),
    postgresBytes: Number(size?.bytes),
  };
}

/** Sorted by name. */
async function readDatabaseStatus(database: Database): Promise<DatabaseStatus[]> {
  const rows = await database`
    WITH series AS (
      SELECT measurement_id, count(*) AS series FROM overseer.series GROUP BY measurement_id
    ), tables AS (
      SELECT p.measurement_id, count(*) AS partitions,
        sum(pg_total_relation_size(c.oid)) AS bytes
      FROM overseer.partitions p
      LEFT JOIN pg_class c ON c.relname = p.name AND c.relnamespace = 'points'::regnamespace
      GROUP BY p.measurement_id
    )
    SELECT d.name, count(m.id)::int AS measurements, coalesce(sum(s.series), 0)::float8 AS series,
      coalesce(sum(t.partitions), 0)::float8 AS partitions, coalesce(sum(t.bytes), 0)::float8 AS bytes
    FROM overseer.databases d
    LEFT JOIN overseer.measurements m ON m.database_id = d.id
    LEFT JOIN series s ON s.measurement_id = m.id
    LEFT JOIN tables t ON t.measurement_id = m.id
    GROUP BY d.name ORDER BY d.name COLLATE "C"`;
  return rows.map((row) => ({
    db: row.name,
    measurements: row.measurements,
    series: row.series,
    timePartitions: row.partitions,
    bytes: row.bytes,
  }));
}

async function readPartitions(bus: Bus, database: Database): Promise<PartitionStatus[]> {
  const points = await bus.stream(POINTS_STREAM);
  if (!points) return [];
  // A position in a stream of before says nothing of this one.
  const rows = await database`
    SELECT p.partition, p.epoch,
      CASE WHEN p.stream = ${points.created} THEN p.seq ELSE 0 END AS seq,
      CASE WHEN NOT overseer.lapsed(l.until, l.lasts) THEN l.owner END AS owner,
      parked.blocks, parked.bytes
    FROM overseer.progress p LEFT JOIN overseer.leases l ON l.partition = p.partition,
      LATERAL (
        SELECT count(*)::float8 AS blocks, coalesce(sum(octet_length(payload)), 0)::float8 AS bytes
        FROM overseer.parked WHERE partition = p.partition
      ) parked
    ORDER BY p.partition`;
  const statuses: PartitionStatus[] = [];
  for (const { partition, epoch, seq, owner, blocks, bytes } of rows) {
    const sequence = Number(seq);
    statuses.push({
      partition,
      epoch: Number(epoch),
      sequence,
      ...(owner !== null && { owner }),
      ...(await readLag(bus, pointsSubject(partition), sequence)),
      ...{ parkedBlocks: blocks, parkedBytes: bytes },
    });
  }
  return statuses;
}

async function readLag(
  bus: Bus,
  subject: string,
  sequence: number,
): Promise<Pick<PartitionStatus, 'messagesBehind' | 'behindMs'>> {
  const oldest = await bus.nextMessage(POINTS_STREAM, subject, sequence + 1);
  if (!oldest) return { messagesBehind: 0, behindMs: 0 };
  return {
    messagesBehind: await bus.pendingMessages(POINTS_STREAM, subject, sequence),
    behindMs: Math.max(0, Date.now() - oldest.storedAtMs),
  };
}
