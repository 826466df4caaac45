import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { type Running, startService, TestOverseer, waitUntil } from '@overseer/local/testing';
import type { DashboardSpec } from '../../model/dashboard-spec.ts';
import { checkSpec } from '../dashboard-file.ts';
import {
  DASHBOARDS_PATH,
  type DashboardAnswer,
  type DashboardEntry,
  type DashboardRevision,
} from '../protocol.ts';
import { BUILT_IN_DASHBOARDS } from './built-in.ts';

setDefaultTimeout(180_000);

const DEADLINE_MS = 120_000;
/** Rates need two of them. */
const SAMPLE_AGES_MS = [30_000, 0];

interface Asked {
  readonly panel: string;
  readonly expr: string;
}

/** Every expression, with all of each variable. */
function askedBy({ panels }: DashboardSpec): Asked[] {
  return panels.flatMap(({ id, spec }) =>
    spec.queries.map(({ expr }) => ({ panel: id, expr: expr.replace(/\$\w+/g, '.+') })),
  );
}

describe('built-in dashboards', () => {
  for (const [id, spec] of BUILT_IN_DASHBOARDS) {
    test(`${id} - is a dashboard that could be saved`, () => {
      expect(checkSpec(spec)).toEqual(spec);
      expect(id).toMatch(/^[a-z]+$/);
    });

    test(`${id} - has its panels side by side, none over another`, () => {
      const cells = spec.panels.flatMap(({ column, row, width, height }) =>
        Array.from(
          { length: width * height },
          (_, i) => `${column + (i % width)},${row + Math.floor(i / width)}`,
        ),
      );
      expect(new Set(cells).size).toBe(cells.length);
    });

    test(`${id} - mentions the variables that it has`, () => {
      const text = JSON.stringify(spec.panels);
      const mentioned = new Set([...text.matchAll(/\$(\w+)/g)].map(([, name]) => name));
      expect([...mentioned].sort()).toEqual(spec.variables.map(({ name }) => name).sort());
    });
  }
});

describe('built-in dashboards of a running Overseer', () => {
  let overseer: TestOverseer;
  let collector: Running;

  beforeAll(async () => {
    overseer = await TestOverseer.start({
      environment: { SELF_METRICS: 'on', SELF_METRICS_INTERVAL: '1s' },
    });
    collector = await startService('collector', {
      INGRESS_URL: overseer.ingressUrl,
      COLLECTOR_INTERVAL: '1s',
    });
    await writeDevices();
  });

  afterAll(async () => {
    await collector?.stop();
    await overseer?.stop();
  });

  /** A machine with a disk and a network: that of the test may be a container without either. */
  async function writeDevices(): Promise<void> {
    const nowMs = Date.now();
    const disk = ['reads', 'writes', 'read_bytes', 'write_bytes', 'io_time'];
    const network = ['bytes', 'packets', 'err', 'drop'].flatMap((what) =>
      what.length === 3 || what === 'drop'
        ? [`${what}_in`, `${what}_out`]
        : [`${what}_recv`, `${what}_sent`],
    );
    const lines = SAMPLE_AGES_MS.flatMap((ageMs, index) => {
      const fields = (names: string[]) => names.map((name) => `${name}=${index}i`).join(',');
      return [
        `diskio,host=box,name=sda ${fields(disk)} ${nowMs - ageMs}`,
        `net,host=box,interface=eth0 ${fields(network)} ${nowMs - ageMs}`,
      ];
    });
    const url = `${overseer.ingressUrl}/write?db=host&precision=ms`;
    const response = await fetch(url, { method: 'POST', body: lines.join('\n') });
    expect(response.status).toBe(204);
  }

  /** The series of an expression now. @throws Error with what the API says */
  async function seriesOf(db: string, expr: string): Promise<number> {
    const url = new URL(`/db/${db}/api/v1/query`, overseer.frontendUrl);
    url.searchParams.set('query', expr);
    const response = await fetch(url);
    const answer = (await response.json()) as { error?: string; data: { result: unknown[] } };
    if (!response.ok) throw new Error(`${expr}: ${answer.error}`);
    return answer.data.result.length;
  }

  for (const [id, spec] of BUILT_IN_DASHBOARDS) {
    test(`${id} - each of its expressions is answered, with something`, async () => {
      let empty = askedBy(spec);
      expect(empty.length).toBeGreaterThan(15);
      const isAllThere = async () => {
        const counts: number[] = [];
        for (const { expr } of empty) counts.push(await seriesOf(spec.db, expr));
        empty = empty.filter((_, index) => counts[index] === 0);
        return empty.length === 0;
      };
      const what = `something from each expression of ${id}`;
      await waitUntil(isAllThere, { what, deadlineMs: DEADLINE_MS }).catch((cause) => {
        throw new Error(`nothing came from ${JSON.stringify(empty)}`, { cause });
      });
    });
  }

  test('a copy - is saved where the store has made room for it, with its history', async () => {
    const url = new URL(DASHBOARDS_PATH, overseer.frontendUrl);
    const spec = { ...(BUILT_IN_DASHBOARDS.get('host') as DashboardSpec), title: 'Mine' };
    const headers = { 'content-type': 'application/json' };
    const send = (path: string, method: string, more = {}) =>
      fetch(`${url}${path}`, {
        method,
        headers: { ...headers, ...more },
        body: JSON.stringify({ v: 1, spec }),
      });
    const answer = await waitUntil(
      async () => {
        const created = await send('', 'POST');
        return created.status !== 503 && created;
      },
      { what: 'dashboards to be there', deadlineMs: DEADLINE_MS },
    );
    expect(answer.status).toBe(201);
    const { data } = (await answer.json()) as DashboardAnswer<DashboardEntry>;
    const saved = await send(`/${data.id}`, 'PUT', { 'if-match': `"${data.revision}"` });
    expect(saved.status).toBe(200);
    const history = await (await fetch(`${url}/${data.id}/history`)).json();
    expect((history as DashboardAnswer<DashboardRevision[]>).data).toHaveLength(2);
  });
});
