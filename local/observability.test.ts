import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SYSTEM_DATABASE } from '@overseer/shared/system-database';
import { mustRun } from './command.ts';
import { findProgram, ProgramMissingError } from './packaged-program.ts';
import { projectFolder } from './project.ts';
import { TestOverseer, temporaryFolder, waitUntil } from './testing/mod.ts';

setDefaultTimeout(180_000);

const DEADLINE_MS = 60_000;
const ALERTS_PATH = join(projectFolder, 'docs', 'alerts.yml');
const PROMTOOL = { name: 'promtool', packageName: 'prometheus', path: 'usr/bin/promtool' };

/** What has no answer while all is well. */
const QUIET = /dead_blocks|held_back/;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook', string>>;
}

const readDocument = (name: string) => Bun.file(join(projectFolder, 'docs', name)).text();

const page = await readDocument('observability.md');
const queries = Array.from(page.matchAll(/^```promql\n([\s\S]*?)^```$/gm)).flatMap(([, block]) =>
  (block ?? '').split('\n').filter(Boolean),
);
const { groups } = Bun.YAML.parse(await Bun.file(ALERTS_PATH).text()) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);

const promtool = await findProgram(PROMTOOL, console.error).catch((error: unknown) => {
  if (!(error instanceof ProgramMissingError)) throw error;
  return undefined;
});

describe('docs/observability.md and docs/alerts.yml', () => {
  test('metrics - are those of docs/metrics.md', async () => {
    const known = new Set((await readDocument('metrics.md')).match(/\b(overseer|process)_\w+/g));
    const named = [...rules.map(({ expr }) => expr), ...queries].flatMap(
      (expr) => expr.replace(/"[^"]*"/g, '').match(/\b(overseer|process)_\w+/g) ?? [],
    );
    const isKnown = (name: string) =>
      known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, ''));
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !isKnown(name))).toEqual([]);
  });

  test('rules - say what is meant, how bad it is, and where to read on', () => {
    expect(rules.length).toBeGreaterThan(30);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    const anchors = Array.from(page.matchAll(/^#+ (.*)$/gm), ([, title = '']) =>
      title.toLowerCase().replaceAll(' ', '-'),
    );
    for (const { alert, labels, annotations } of rules) {
      expect([alert, labels.severity]).toEqual([
        alert,
        expect.stringMatching(/^(warning|critical)$/),
      ]);
      expect([alert, Object.keys(annotations)]).toEqual([
        alert,
        ['summary', 'description', 'runbook'],
      ]);
      const [document, anchor = ''] = annotations.runbook.split('#');
      expect([alert, document]).toEqual([alert, 'docs/observability.md']);
      expect(anchors, alert).toContain(anchor);
    }
  });

  test('alerts that the page names - are there', () => {
    const named = page.match(/\bOverseer[A-Z]\w+/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    const known = new Set(rules.map(({ alert }) => alert));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('queries over _overseer', () => {
  let overseer: TestOverseer;

  beforeAll(async () => {
    overseer = await TestOverseer.start({
      environment: { LOG_LEVEL: 'warn', SELF_METRICS: 'on', SELF_METRICS_INTERVAL: '1s' },
    });
  });

  afterAll(() => overseer?.stop());

  async function ask(expression: string): Promise<readonly unknown[]> {
    const url = new URL(`/db/${SYSTEM_DATABASE}/api/v1/query`, overseer.frontendUrl);
    url.searchParams.set('query', expression);
    const response = await fetch(url);
    const answer = (await response.json()) as {
      readonly error?: string;
      readonly data?: { readonly result: readonly unknown[] };
    };
    if (!answer.data) throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result;
  }

  /** A write that is taken, a line that is rejected, a request that is refused, and what else the queries ask about. */
  async function use(): Promise<void> {
    const write = (parameters: string, body: string) =>
      fetch(`${overseer.ingressUrl}/write?${parameters}`, { method: 'POST', body });
    await write('db=demo', 'room temperature=21.5\nroom temperature=\n');
    await write('', 'room temperature=21.5');
    await fetch(`${overseer.frontendUrl}/db/demo/api/v1/query?query=room_temperature`);
  }

  test('each of the page - has an answer in a system that is used', async () => {
    expect(queries.length).toBeGreaterThan(25);
    const socket = new WebSocket(`${overseer.frontendUrl.replace(/^http/, 'ws')}/live`);
    for (const query of queries) {
      const answered = async () => {
        await use();
        return (await ask(query)).length > 0;
      };
      if (QUIET.test(query)) await ask(query);
      else await waitUntil(answered, { what: `an answer to ${query}`, deadlineMs: DEADLINE_MS });
    }
    socket.close();
  });

  test.skipIf(promtool === undefined)(
    'metrics - Prometheus finds nothing wrong with their names, types and helps',
    async () => {
      for (const service of ['ingress', 'store', 'processor', 'frontend'] as const) {
        const response = await fetch(`${overseer.processes[service].url}/metrics`);
        const stdin = await response.bytes();
        const { exitCode, stderr } = Bun.spawnSync([promtool as string, 'check', 'metrics'], {
          stdin,
        });
        expect([service, exitCode, stderr.toString()]).toEqual([service, 0, '']);
      }
    },
  );

  test('each rule - is a query that Overseer understands too', async () => {
    for (const { expr } of rules) await ask(expr);
  });
});

describe.skipIf(promtool === undefined)('rules in Prometheus', () => {
  const check = (...command: string[]) => mustRun([promtool as string, ...command]);

  test('rules - are valid', async () => {
    await check('check', 'rules', ALERTS_PATH);
  });

  /** Series a minute apart, and which alerts fire an hour later. */
  async function fires(
    series: Readonly<Record<string, string>>,
    alerts: readonly string[],
  ): Promise<void> {
    const folder = temporaryFolder();
    const path = join(folder, 'test.yml');
    const firing = 'count by (alertname) (ALERTS{alertstate="firing"})';
    const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    const samples = alerts.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 }));
    const one = {
      interval: '1m',
      input_series: input,
      promql_expr_test: [{ expr: firing, eval_time: '60m', exp_samples: samples }],
    };
    try {
      // JSON is YAML, too.
      writeFileSync(path, JSON.stringify({ rule_files: [ALERTS_PATH], tests: [one] }));
      await check('test', 'rules', path);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const healthy = {
    'up{job="overseer",instance="a:8087"}': '1x60',
    overseer_store_partitions: '2x60',
    overseer_store_partitions_held: '2x60',
    overseer_store_room: '2x60',
    'overseer_store_lag_seconds{partition="0"}': '0x60',
    'overseer_store_stream_bytes{stream="POINTS"}': '1000x60',
    'overseer_store_stream_bytes_max{stream="POINTS"}': '10000x60',
    'overseer_store_dead_blocks_total{kind="type"}': '3x60',
    'overseer_store_queries_total{kind="range",outcome="ok"}': '0+60x60',
    'overseer_ingress_refused_requests_total{reason="nats"}': '7x60',
    'overseer_ingress_refused_requests_total{reason="body_bytes_max"}': '7x60',
    'overseer_event_loop_lag_seconds_bucket{service="store",le="0.5"}': '0+240x60',
    'overseer_event_loop_lag_seconds_bucket{service="store",le="1"}': '0+240x60',
    'overseer_event_loop_lag_seconds_bucket{service="store",le="+Inf"}': '0+240x60',
    overseer_processor_leader: '1x60',
  } as const;

  test('a healthy system - no alert', () => fires(healthy, []));

  test('troubles - each has its alert', async () => {
    const lag = 'overseer_store_lag_seconds{partition="0"}';
    const stream = 'overseer_store_stream_bytes{stream="POINTS"}';
    const refused = (reason: string) =>
      `overseer_ingress_refused_requests_total{reason="${reason}"}`;
    const troubles: readonly (readonly [Record<string, string>, readonly string[]])[] = [
      [{ 'up{job="overseer",instance="a:8087"}': '0x60' }, ['OverseerServiceDown']],
      [{ [lag]: '40x60' }, ['OverseerLag']],
      [{ [lag]: '0+60x60' }, ['OverseerLag', 'OverseerLagGrows']],
      [{ overseer_store_partitions_held: '1x60' }, ['OverseerPartitionsWithoutStore']],
      [{ [stream]: '9500x60' }, ['OverseerStreamFilling', 'OverseerStreamNearlyFull']],
      [{ [refused('nats')]: '0+6x60' }, ['OverseerWritesRefused']],
      [{ [refused('body_bytes_max')]: '0+6x60' }, ['OverseerWritesBeyondLimit']],
      [{ 'overseer_store_dead_blocks_total{kind="type"}': '3x55 5x4' }, ['OverseerDeadLetters']],
      [{ overseer_store_room: '1x60' }, ['OverseerLittleRoom']],
      [{ overseer_store_room: '0x60' }, ['OverseerNoRoom']],
      [
        { 'overseer_store_queries_total{kind="range",outcome="timeout"}': '0+6x60' },
        ['OverseerQueriesFail'],
      ],
      [
        { 'overseer_event_loop_lag_seconds_bucket{service="store",le="0.5"}': '0+200x60' },
        ['OverseerEventLoopHeldUp'],
      ],
      [{ overseer_processor_leader: '0x60' }, ['OverseerNobodyTellsUpdates']],
    ];
    for (const [changes, alerts] of troubles) await fires({ ...healthy, ...changes }, alerts);
  });
});
