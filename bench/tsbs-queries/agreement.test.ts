import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { TestOverseer, waitUntil } from '@overseer/local/testing';
import postgres from 'postgres';
import { BodyMaker } from '../lines.ts';
import { openLoad } from '../loads.ts';
import { Random } from '../random.ts';
import { type CpuOnlyOptions, CpuOnlyWalk, FIELDS, INTERVAL_MS } from '../tsbs.ts';
import { type Answer, findDifference } from './answers.ts';
import { type Asker, apiAsker, sqlAsker } from './askers.ts';
import { standardExpression } from './expressions.ts';
import { fillPublishedTable } from './published-table.ts';
import { drawQuestion, type Question, type Region, stepMsOf, TSBS_QUERIES } from './questions.ts';

const HOUR_MS = 3_600_000;
const FROM_MS = 1_767_225_600_000;
const HOSTS = 3;
const REGION: Region = { hosts: HOSTS, fromMs: FROM_MS, toMs: FROM_MS + 13 * HOUR_MS };
const LOAD: CpuOnlyOptions = {
  hosts: HOSTS,
  seed: 7,
  startNs: BigInt(FROM_MS) * 1_000_000n,
  values: 'integers',
};
const ROWS = (HOSTS * 13 * HOUR_MS) / INTERVAL_MS;

const ASKERS = ['published SQL', 'overseer'];
const askers = new Map<string, Asker>();
const started = new AsyncDisposableStack();
beforeAll(async () => {
  const overseer = started.use(await TestOverseer.start());
  const sql = postgres(overseer.databaseUrl, { max: 1, onnotice: () => {} });
  started.defer(() => sql.end());
  for (const { bytes } of new BodyMaker(openLoad(LOAD), 1024 * 1024, 1).make(ROWS).flat()) {
    const response = await fetch(`${overseer.ingressUrl}/write?db=tsbs`, {
      method: 'POST',
      body: bytes,
    });
    expect(response.status).toBe(204);
  }
  await fillPublishedTable(sql, LOAD, ROWS);
  const isStored = async () => {
    const [found] = await sql`SELECT to_regclass('tsbs.cpu') IS NOT NULL AS has_view`;
    if (!found?.has_view) return false;
    const [counted] = await sql`SELECT count(*)::int AS rows FROM tsbs.cpu`;
    return counted?.rows === ROWS;
  };
  await waitUntil(isStored, { what: 'all lines to be stored', deadlineMs: 60_000 });
  const processes = {};
  const url = `${overseer.frontendUrl}/db/tsbs/api/v1`;
  askers.set('published SQL', sqlAsker(sql, { processId: 0, memory: 'process' }));
  askers.set('overseer', apiAsker({ name: '', url, processes, expression: standardExpression }));
}, 120_000);
afterAll(() => started.disposeAsync());

/** All lines, one after the other, by what the words of a question say. */
function answerPlainly(question: Question): Answer {
  const groups = new Map<string, { timeMs: number; key: string; values: number[] }>();
  const walk = new CpuOnlyWalk(LOAD);
  for (let row = 0; row < ROWS; row++, walk.advance()) {
    const timeMs = Number(walk.timeNs / 1_000_000n);
    const host = `host_${walk.host}`;
    const isAsked = question.hosts.length === 0 || question.hosts.includes(host);
    if (!isAsked || timeMs < question.fromMs || timeMs >= question.toMs) continue;
    if (question.shape === 'high' && walk.value(0) <= 90) continue;
    if (question.shape === 'last' && timeMs !== question.toMs - INTERVAL_MS) continue;
    const isOfHost = ['mean by hour and host', 'high', 'last'].includes(question.shape);
    const stepMs = question.shape === 'last' ? INTERVAL_MS : stepMsOf(question.shape);
    const groupMs = Math.floor(timeMs / stepMs) * stepMs;
    for (const field of question.fields) {
      const key = isOfHost ? `${field} ${host}` : field;
      const group = groups.get(`${key} ${groupMs}`) ?? { timeMs: groupMs, key, values: [] };
      group.values.push(walk.value(FIELDS.indexOf(field as (typeof FIELDS)[number])));
      groups.set(`${key} ${groupMs}`, group);
    }
  }
  const answer = new Map<string, number[]>();
  for (const { timeMs, key, values } of groups.values()) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const value = question.shape.startsWith('mean') ? mean : Math.max(...values);
    answer.set(key, [...(answer.get(key) ?? []), timeMs, value]);
  }
  return answer;
}

for (const name of ASKERS)
  describe(name, () => {
    for (const query of TSBS_QUERIES)
      test(`${query.name} - answers what its words say`, async () => {
        const asker = askers.get(name);
        const random = new Random(11);
        for (let turn = 0; turn < 3; turn++) {
          const hosts = Math.min(query.hosts, HOSTS - 1);
          const question = drawQuestion({ ...query, hosts }, REGION, random);
          const answer = (await asker?.ask(question))?.read() ?? new Map();
          expect(findDifference(answerPlainly(question), answer)).toBeUndefined();
        }
      });
  });
