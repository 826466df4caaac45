import { OtlpReceiver, waitUntil } from '@overseer/local/testing';
import postgres, { type Sql } from 'postgres';
import type { Benchmark, BenchmarkContext, Contender, Ratio } from '../harness.ts';
import { LoadGenerator } from '../load.ts';
import { startWholeOverseer, type WholeOverseer } from '../overseer.ts';
import { startVictoriaMetrics } from '../servers/victoria-metrics.ts';
import type { WriteServer } from '../servers/write-server.ts';
import { type CpuOnlyOptions, INTERVAL_MS, MEASUREMENT } from '../tsbs.ts';
import { AnswerBook } from '../tsbs-queries/answers.ts';
import { type Asker, apiAsker, sqlAsker } from '../tsbs-queries/askers.ts';
import { type AskedQuery, queryContender, SEPARATOR } from '../tsbs-queries/contender.ts';
import { standardExpression, victoriaMetricsExpression } from '../tsbs-queries/expressions.ts';
import { fillPublishedTable } from '../tsbs-queries/published-table.ts';
import { formatQueries } from '../tsbs-queries/query-table.ts';
import { TRACES_ASKED_FOR } from '../tsbs-queries/question-trace.ts';
import { type Region, TSBS_QUERIES, type Weight } from '../tsbs-queries/questions.ts';

const SEED = 1;
const DATABASE = 'tsbs';
const HOUR_MS = 3_600_000;
const HOURS = 13;
/** At the end: in partitions that no one seals while this runs, because their time is to come. */
const HOT_HOURS = 2;
/** At the beginning: in partitions that are sealed before anything is asked. */
const SEALED_HOURS = 9;
const BODY_BYTES_MAX = 1024 * 1024;
const SENDERS = 8;
/** Whose bodies the generator holds at once. */
const SLICE_LINES = 600_000;
const DEADLINE_MS = 10 * 60_000;

/** The usual 20 million are fewer than twelve hours of all hosts have in ten fields. */
const OVERSEER_SETTINGS = { QUERY_SAMPLES_MAX: '100000000', QUERY_TIMEOUT: '2m' };
/** Otherwise answers are remembered, and the newest values before now are made up. */
const VICTORIA_METRICS_FLAGS = ['-search.maxStepForPointsAdjustment=1ms'];
const VICTORIA_METRICS_PARAMETERS = { nocache: '1' };

/** Of each, in a run, at the most. */
const ASKED: Readonly<Record<Weight, number>> = { light: 20, middle: 5, heavy: 1 };
const ASKED_QUICKLY: Readonly<Record<Weight, number>> = { light: 2, middle: 1, heavy: 1 };

/** TSBS' queries of the same lines, beside VictoriaMetrics and the SQL that TSBS publishes. */
export const tsbsQueries: Benchmark = {
  name: 'tsbs-queries',
  question:
    'How long do the queries of TSBS take, against VictoriaMetrics and against published SQL in the same PostgreSQL?',
  format: formatQueries,
  async prepare(context) {
    const { quick, progress } = context;
    await using started = new AsyncDisposableStack();
    progress('tsbs-queries: starting Overseer and VictoriaMetrics');
    const receiver = started.use(new OtlpReceiver());
    const overseer = started.use(
      await startWholeOverseer({
        ...receiver.environment,
        ...TRACES_ASKED_FOR,
        ...OVERSEER_SETTINGS,
      }),
    );
    const victoriaMetrics = started.use(
      await startVictoriaMetrics(progress, VICTORIA_METRICS_FLAGS),
    );
    const sql = postgres(overseer.databaseUrl, { max: 1, onnotice: () => {} });
    started.defer(() => sql.end());

    const region = regionAroundNow(quick ? 10 : 1000);
    const rows = (region.hosts * (region.toMs - region.fromMs)) / INTERVAL_MS;
    const load: CpuOnlyOptions = {
      hosts: region.hosts,
      seed: SEED,
      startNs: BigInt(region.fromMs) * 1_000_000n,
      values: 'integers',
    };
    await writeToBoth(load, rows, overseer, victoriaMetrics, context);
    progress(`tsbs-queries: copying ${rows} rows into the published table`);
    await fillPublishedTable(sql, load, rows);
    if (!quick) await waitForSealing(sql, region, progress);
    for (const statement of ['VACUUM ANALYZE', 'CHECKPOINT']) await sql.unsafe(statement);
    await settle(victoriaMetrics);
    const sealed = await sql`
      SELECT count(*)::int AS partitions, count(sealed_at)::int AS sealed FROM overseer.partitions p
      JOIN overseer.measurements m ON m.id = p.measurement_id WHERE m.name = ${MEASUREMENT}`;

    const postgresTree = { processId: overseer.processes.postgres.pid, memory: 'tree' } as const;
    const askers = [
      overseerAsker(overseer, receiver),
      victoriaMetricsAsker(victoriaMetrics),
      sqlAsker(sql, postgresTree),
    ];
    const queries = askedQueries(region, quick);
    const all = started.move();
    return {
      contenders: queries.flatMap((query) => contendersOf(query, askers)),
      ratios: queries.flatMap(({ name }) => ratiosOf(name, askers)),
      parameters: {
        hosts: region.hosts,
        hours: HOURS,
        rows,
        seed: SEED,
        hotHours: HOT_HOURS,
        sealedHours: quick ? 0 : SEALED_HOURS,
        partitions: `${sealed[0]?.sealed} of ${sealed[0]?.partitions} sealed`,
        askedInARun: JSON.stringify(quick ? ASKED_QUICKLY : ASKED),
        overseerSettings: JSON.stringify(OVERSEER_SETTINGS),
        victoriaMetricsFlags: VICTORIA_METRICS_FLAGS.join(' '),
      },
      versions: { ...overseer.versions, ...victoriaMetrics.version },
      rounds: quick ? 1 : 3,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

/**
 * Hours around now: the store makes the partitions of what comes, as wide as it would make them of what comes every day, and
 * those of the next two hours stay hot, whatever the minute is at which this begins.
 */
function regionAroundNow(hosts: number): Region {
  const toMs = (Math.ceil(Date.now() / HOUR_MS) + HOT_HOURS) * HOUR_MS;
  return { hosts, fromMs: toMs - HOURS * HOUR_MS, toMs };
}

/** Queries of at most an hour once where it is hot and once where it is sealed, the others over all hours. */
function askedQueries(region: Region, quick: boolean): AskedQuery[] {
  const hot = { ...region, fromMs: region.toMs - HOT_HOURS * HOUR_MS };
  const sealed = { ...region, toMs: region.fromMs + SEALED_HOURS * HOUR_MS };
  const counts = quick ? ASKED_QUICKLY : ASKED;
  return TSBS_QUERIES.flatMap((query): AskedQuery[] => {
    const asked = counts[query.weight];
    const name = query.name;
    if (query.shape === 'last') return [{ name: `${name}, hot`, query, region: hot, asked }];
    if (query.hours <= 1)
      return [
        { name: `${name}, hot`, query, region: hot, asked },
        { name: `${name}, sealed`, query, region: sealed, asked },
      ];
    // TSBS has no query of many hosts that is all hot: this one is cut.
    const isOfAllHosts = query.hosts === 0;
    const cut = { ...query, hours: HOT_HOURS };
    return [
      { name, query, region, asked },
      ...(isOfAllHosts
        ? [{ name: `${name}, ${HOT_HOURS} hot hours`, query: cut, region: hot, asked }]
        : []),
    ];
  });
}

function contendersOf(query: AskedQuery, askers: readonly Asker[]): Contender[] {
  const book = new AnswerBook();
  return askers.map((asker) => queryContender(query, asker, SEED, book));
}

function ratiosOf(name: string, [first, ...others]: readonly Asker[]): Ratio[] {
  return others.flatMap((other) =>
    ['answerMedianMs', 'answerP95Ms'].map((figure) => ({
      name: `${name}${SEPARATOR}${first?.name} / ${other.name}`,
      figure,
      of: `${name}${SEPARATOR}${first?.name}`,
      to: `${name}${SEPARATOR}${other.name}`,
    })),
  );
}

function overseerAsker({ frontendUrl, processes }: WholeOverseer, receiver: OtlpReceiver): Asker {
  const of = (name: 'store' | 'frontend' | 'nats') =>
    ({ processId: processes[name].pid, memory: 'process' }) as const;
  return apiAsker({
    name: 'overseer',
    url: `${frontendUrl}/db/${DATABASE}/api/v1`,
    processes: {
      frontend: of('frontend'),
      nats: of('nats'),
      store: of('store'),
      postgres: { processId: processes.postgres.pid, memory: 'tree' },
    },
    expression: standardExpression,
    receiver,
  });
}

function victoriaMetricsAsker(server: WriteServer): Asker {
  return apiAsker({
    name: server.name,
    url: `${new URL(server.writeUrl(DATABASE)).origin}/api/v1`,
    processes: server.processes,
    parameters: VICTORIA_METRICS_PARAMETERS,
    expression: victoriaMetricsExpression,
    resume: () => server.resume(),
    pause: () => server.pause(),
  });
}

/** Sends the same bodies to one after the other. */
async function writeToBoth(
  load: CpuOnlyOptions,
  rows: number,
  overseer: WholeOverseer,
  victoriaMetrics: WriteServer,
  { progress }: BenchmarkContext,
): Promise<void> {
  await using generator = await LoadGenerator.start(load);
  for (let written = 0; written < rows; ) {
    const lines = Math.min(rows - written, SLICE_LINES);
    progress(`tsbs-queries: writing lines from ${written} of ${rows}`);
    await generator.prepare(lines, BODY_BYTES_MAX, SENDERS);
    await generator.push(`${overseer.ingressUrl}/write?db=${DATABASE}`);
    await generator.push(victoriaMetrics.writeUrl(DATABASE));
    written += lines;
  }
  await overseer.commits.reach(DATABASE, rows, DEADLINE_MS);
  await victoriaMetrics.stored(DATABASE, rows);
}

/** Until the store has given the partitions of the first hours their index, which it does when they have been quiet. */
async function waitForSealing(
  sql: Sql,
  region: Region,
  progress: (text: string) => void,
): Promise<void> {
  progress('tsbs-queries: waiting until the store has sealed what is quiet');
  const toS = (region.fromMs + SEALED_HOURS * HOUR_MS) / 1000;
  const isSealed = async () => {
    const [row] = await sql`
      SELECT count(*)::int AS open FROM overseer.partitions p
      JOIN overseer.measurements m ON m.id = p.measurement_id
      WHERE m.name = ${MEASUREMENT} AND p.sealed_at IS NULL AND p.from_s < ${toS}`;
    return row?.open === 0;
  };
  await waitUntil(isSealed, { what: 'partitions to be sealed', deadlineMs: DEADLINE_MS });
}

/** Makes what was written visible and waits until it is merged. */
async function settle(server: WriteServer): Promise<void> {
  const { origin } = new URL(server.writeUrl(DATABASE));
  await server.resume();
  await fetch(`${origin}/internal/force_flush`);
  const isIdle = async () => {
    const text = await (await fetch(`${origin}/metrics`)).text();
    const merges = [...text.matchAll(/^vm_active_merges\{.*\} (\d+)$/gm)];
    return merges.every(([, active]) => active === '0');
  };
  await waitUntil(isIdle, { what: `${server.name} to have merged`, deadlineMs: DEADLINE_MS });
  await server.pause();
}
