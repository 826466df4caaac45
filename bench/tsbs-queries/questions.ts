import type { Random } from '../random.ts';
import { FIELDS, INTERVAL_MS } from '../tsbs.ts';

/** What is asked, whatever the language: hosts are merged but where it says so. */
export type Shape =
  /** Greatest value of each field per minute, or per hour. */
  | 'max by minute'
  | 'max by hour'
  /** Mean of each field per hour and host. */
  | 'mean by hour and host'
  /** Rows whose usage_user is above 90. */
  | 'high'
  /** Newest row of each host. */
  | 'last'
  /** Greatest usage_user of each of the newest five minutes before a moment. */
  | 'newest minutes';

/**
 * How often a question is asked in a run: what takes seconds less often. A run of a light one shows a
 * 95th percentile, of a heavy one just its slowest.
 */
export type Weight = 'light' | 'middle' | 'heavy';

/** One of the queries of TSBS' devops use case (timescale/tsbs, cmd/tsbs_generate_queries). */
export interface TsbsQuery {
  /** As TSBS calls it. */
  readonly name: string;
  readonly shape: Shape;
  /** So many of the load's fields, from the first on. */
  readonly fields: number;
  /** So many hosts, drawn anew for each question; 0: all. */
  readonly hosts: number;
  /** Length of the window; its place is drawn anew for each question. */
  readonly hours: number;
  readonly weight: Weight;
}

const query = (
  name: string,
  shape: Shape,
  fields: number,
  hosts: number,
  hours: number,
  weight: Weight = 'light',
): TsbsQuery => ({ name, shape, fields, hosts, hours, weight });

const ALL_FIELDS = FIELDS.length;

export const TSBS_QUERIES: readonly TsbsQuery[] = [
  query('single-groupby-1-1-1', 'max by minute', 1, 1, 1),
  query('single-groupby-1-1-12', 'max by minute', 1, 1, 12),
  query('single-groupby-1-8-1', 'max by minute', 1, 8, 1),
  query('single-groupby-5-1-1', 'max by minute', 5, 1, 1),
  query('single-groupby-5-1-12', 'max by minute', 5, 1, 12),
  query('single-groupby-5-8-1', 'max by minute', 5, 8, 1),
  query('cpu-max-all-1', 'max by hour', ALL_FIELDS, 1, 8),
  query('cpu-max-all-8', 'max by hour', ALL_FIELDS, 8, 8),
  query('double-groupby-1', 'mean by hour and host', 1, 0, 12, 'middle'),
  query('double-groupby-5', 'mean by hour and host', 5, 0, 12, 'heavy'),
  query('double-groupby-all', 'mean by hour and host', ALL_FIELDS, 0, 12, 'heavy'),
  query('high-cpu-all', 'high', 1, 0, 12, 'heavy'),
  query('high-cpu-1', 'high', ALL_FIELDS, 1, 12),
  query('lastpoint', 'last', ALL_FIELDS, 0, 0, 'middle'),
  query('groupby-orderby-limit', 'newest minutes', 1, 0, 0, 'middle'),
];

/** What is there to ask of: hosts from `host_0` on, and whole hours of lines. */
export interface Region {
  readonly hosts: number;
  readonly fromMs: number;
  /** Excluded. */
  readonly toMs: number;
}

/** A query with its hosts and window. */
export interface Question {
  readonly shape: Shape;
  readonly fields: readonly string[];
  /** Names; none: all. */
  readonly hosts: readonly string[];
  readonly fromMs: number;
  /** Excluded. */
  readonly toMs: number;
  /** Rows that lie in the window and are of these hosts, whatever a server reads for it. */
  readonly rows: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Of `newest minutes`. */
const NEWEST_MINUTES = 5;

/** Length of the steps of an answer. */
export function stepMsOf(shape: Shape): number {
  if (shape === 'high') return INTERVAL_MS;
  return shape === 'max by hour' || shape === 'mean by hour and host' ? HOUR_MS : MINUTE_MS;
}

/**
 * Draws hosts and window. Windows begin at whole minutes, or hours where an answer is by the hour: TSBS draws
 * any moment, but then the first and the last group of SQL are parts of one, which PromQL has no word for.
 */
export function drawQuestion(query: TsbsQuery, region: Region, random: Random): Question {
  const fields = FIELDS.slice(0, query.fields);
  const hosts = drawHosts(query.hosts, region.hosts, random);
  const { fromMs, toMs } = drawWindow(query, region, random);
  const rowsOfHost = query.shape === 'last' ? 1 : (toMs - fromMs) / INTERVAL_MS;
  const rows = (hosts.length || region.hosts) * rowsOfHost;
  return { shape: query.shape, fields, hosts, fromMs, toMs, rows };
}

function drawWindow({ shape, hours }: TsbsQuery, region: Region, random: Random) {
  if (shape === 'last') return region;
  const lengthMs = shape === 'newest minutes' ? NEWEST_MINUTES * MINUTE_MS : hours * HOUR_MS;
  const alignMs = Math.max(stepMsOf(shape), MINUTE_MS);
  const places = Math.floor((region.toMs - region.fromMs - lengthMs) / alignMs) + 1;
  if (places < 1) throw new RangeError(`${hours} h don't fit into the region that is asked of`);
  const fromMs = region.fromMs + random.below(places) * alignMs;
  return { fromMs, toMs: fromMs + lengthMs };
}

/** Different ones, as TSBS draws them. */
function drawHosts(count: number, of: number, random: Random): string[] {
  const drawn = new Set<number>();
  while (drawn.size < Math.min(count, of)) drawn.add(random.below(of));
  return [...drawn].map((host) => `host_${host}`);
}
