import { FIELDS } from '../tsbs.ts';
import type { Question } from './questions.ts';

/**
 * TSBS' queries in SQL as its TimescaleDB generator publishes them for plain PostgreSQL (tags in a table of
 * their own, `date_trunc` for time buckets), and the table that its loader makes. Nothing here is tuned beyond what is published.
 */

/** Of everything below. */
export const SCHEMA = 'published';

/** As TSBS' `--chunk-time` is when not given. */
const PARTITION_MS = 12 * 3_600_000;

const TAGS = [
  'hostname',
  'region',
  'datacenter',
  'rack',
  'os',
  'arch',
  'team',
  'service',
  'service_version',
  'service_environment',
] as const;

/** Makes schema and tables, without indexes; fill them, then `publishedIndexes`. */
export function publishedTables(fromMs: number, toMs: number): string {
  const statements = [
    `CREATE SCHEMA ${SCHEMA}`,
    `CREATE TABLE ${SCHEMA}.tags (id integer PRIMARY KEY, ${columns(TAGS, 'text')})`,
    `CREATE TABLE ${SCHEMA}.cpu (time timestamptz NOT NULL, tags_id integer NOT NULL, ` +
      `${columns(FIELDS, 'double precision')}) PARTITION BY RANGE (time)`,
  ];
  const firstMs = Math.floor(fromMs / PARTITION_MS) * PARTITION_MS;
  for (let startMs = firstMs, part = 1; startMs < toMs; startMs += PARTITION_MS, part++)
    statements.push(
      `CREATE TABLE ${SCHEMA}.cpu_${part} PARTITION OF ${SCHEMA}.cpu ` +
        `FOR VALUES FROM (${time(startMs)}) TO (${time(startMs + PARTITION_MS)})`,
    );
  return statements.join(';\n');
}

/** What TSBS' loader makes, made after the rows are there; and what autovacuum would do later. */
export const PUBLISHED_INDEXES: readonly string[] = [
  `CREATE UNIQUE INDEX ON ${SCHEMA}.tags (hostname)`,
  `CREATE INDEX ON ${SCHEMA}.cpu (tags_id, time DESC)`,
  `CREATE INDEX ON ${SCHEMA}.cpu (time DESC)`,
  `VACUUM ANALYZE ${SCHEMA}.tags`,
  `VACUUM ANALYZE ${SCHEMA}.cpu`,
];

/** The statement for a question, for a session whose `search_path` is `SCHEMA`. */
export function publishedSql(question: Question): string {
  switch (question.shape) {
    case 'max by minute':
      return maxByTime(question, 'minute');
    case 'max by hour':
      return maxByTime(question, 'hour');
    case 'mean by hour and host':
      return meanByHourAndHost(question);
    case 'high':
      return `SELECT * FROM cpu WHERE usage_user > 90.0 AND ${within(question)}${ofHosts(question)}`;
    case 'last':
      return (
        'SELECT DISTINCT ON (t.hostname) * FROM tags t INNER JOIN LATERAL ' +
        '(SELECT * FROM cpu c WHERE c.tags_id = t.id ORDER BY time DESC LIMIT 1) AS b ON true ' +
        'ORDER BY t.hostname, b.time DESC'
      );
    case 'newest minutes':
      return (
        "SELECT date_trunc('minute', time) AS minute, max(usage_user) AS max_usage_user " +
        `FROM cpu WHERE time < ${time(question.toMs)} GROUP BY minute ORDER BY minute DESC LIMIT 5`
      );
  }
}

function maxByTime(question: Question, unit: 'minute' | 'hour'): string {
  const maxima = question.fields.map((field) => `max(${field}) AS max_${field}`);
  return (
    `SELECT date_trunc('${unit}', time) AS ${unit}, ${maxima.join(', ')} FROM cpu ` +
    `WHERE ${within(question)}${ofHosts(question)} GROUP BY ${unit} ORDER BY ${unit} ASC`
  );
}

function meanByHourAndHost(question: Question): string {
  const means = question.fields.map((field) => `mean_${field}`);
  const averages = question.fields.map((field) => `avg(${field}) AS mean_${field}`);
  return (
    `WITH cpu_avg AS (SELECT date_trunc('hour', time) AS hour, tags_id, ${averages.join(', ')} ` +
    `FROM cpu WHERE ${within(question)} GROUP BY hour, tags_id) ` +
    `SELECT hour, tags.hostname, ${means.join(', ')} FROM cpu_avg ` +
    'JOIN tags ON cpu_avg.tags_id = tags.id ORDER BY hour, tags.hostname'
  );
}

function within({ fromMs, toMs }: Question): string {
  return `time >= ${time(fromMs)} AND time < ${time(toMs)}`;
}

function ofHosts({ hosts }: Question): string {
  if (hosts.length === 0) return '';
  const names = hosts.map((host) => `'${host}'`).join(', ');
  return ` AND tags_id IN (SELECT id FROM tags WHERE hostname IN (${names}))`;
}

function time(ms: number): string {
  return `'${new Date(ms).toISOString().replace('T', ' ').replace('Z', '+00')}'`;
}

function columns(names: readonly string[], type: string): string {
  return names.map((name) => `${name} ${type}`).join(', ');
}
