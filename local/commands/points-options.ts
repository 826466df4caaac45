/** Options that say which points are meant, for every command that takes them. */
import type { PointsQuestion, TagMatcher } from '@overseer/shared';
import { UsageError } from './command.ts';

export const POINTS_OPTIONS = {
  db: { type: 'string' },
  measurement: { type: 'string' },
  where: { type: 'string', multiple: true },
  from: { type: 'string' },
  to: { type: 'string' },
} as const;

export const POINTS_USAGE = `--db <database>
--measurement <name>  this one; otherwise all of the database
--where <condition>   on a tag: host=a, host!=a, host=~web.*, host!~web.*; repeated, all must hold.
                      Patterns are RE2 and match the whole value; a tag that is absent counts as empty
--from <time>         from then on, and
--to <time>           before then: 2026-01-02T03:04:05.678Z, 2026-01-02, -1h (ms, s, m, h, d, w ago), now,
                      or an epoch with its unit: 1767323045s, ms, us, ns`;

export interface PointsValues {
  readonly db?: string | undefined;
  readonly measurement?: string | undefined;
  readonly where?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** @throws UsageError */
export function readPoints(values: PointsValues, nowMs = Date.now()): PointsQuestion {
  const { db, measurement, where = [], from, to } = values;
  if (!db) throw new UsageError('--db is missing: say which database.');
  const startNs = from === undefined ? undefined : parseTime('--from', from, nowMs);
  const endNs = to === undefined ? undefined : parseTime('--to', to, nowMs);
  if (startNs !== undefined && endNs !== undefined && endNs <= startNs) {
    throw new UsageError(`--to ${to} is not after --from ${from}: there is no time in between.`);
  }
  return {
    db,
    ...(measurement !== undefined && { measurement }),
    tags: where.map(parseCondition),
    ...(startNs !== undefined && { startNs }),
    ...(endNs !== undefined && { endNs }),
  };
}

/** `parseArgs` takes a value that begins with a minus for an option: `--from -1h` becomes `--from=-1h`. */
export function joinTimes(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of args) {
    const last = joined.at(-1);
    const isValue = (last === '--from' || last === '--to') && /^-\d/.test(word);
    if (isValue) joined[joined.length - 1] = `${last}=${word}`;
    else joined.push(word);
  }
  return joined;
}

/** @throws UsageError */
function parseCondition(text: string): TagMatcher {
  const match = /^([^=!]+)(=~|!~|!=|=)(.*)$/s.exec(text);
  if (match) return [match[1] as string, match[2] as TagMatcher[1], match[3] as string];
  throw new UsageError(
    `--where "${text}" is no condition; write host=a, host!=a, host=~pattern or host!~pattern.`,
  );
}

const UNITS_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};
const NS_PER_MS = 1_000_000n;
const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d))?$/;

/** Nanoseconds since 1970. @throws UsageError */
export function parseTime(option: string, text: string, nowMs: number): bigint {
  if (text === 'now') return BigInt(nowMs) * NS_PER_MS;
  const ago = /^-(\d+)(ms|s|m|h|d|w)$/.exec(text);
  if (ago) return BigInt(nowMs) * NS_PER_MS - BigInt(ago[1] ?? 0) * (UNITS_NS[ago[2] ?? ''] ?? 0n);
  const epoch = /^(-?\d+)(ns|us|ms|s)$/.exec(text);
  if (epoch) return BigInt(epoch[1] ?? 0) * (UNITS_NS[epoch[2] ?? ''] ?? 0n);
  const [, date, time = '00:00:00', fraction = '', zone = 'Z'] = TIME.exec(text) ?? [];
  const secondMs = date === undefined ? Number.NaN : Date.parse(`${date}T${time}${zone}`);
  if (Number.isFinite(secondMs)) {
    return BigInt(secondMs) * NS_PER_MS + BigInt(fraction.padEnd(9, '0'));
  }
  throw new UsageError(
    `${option} ${text} is no time; write one like 2026-01-02T03:04:05Z, 2026-01-02, -1h, now, or 1767323045s.`,
  );
}
