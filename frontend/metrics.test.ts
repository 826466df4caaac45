import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { Samples, waitUntil } from '@overseer/local/testing';
import { AnswerError, CONTROL_BUCKET, connectBus, createLogger } from '@overseer/shared';
import { createToken, digestOfToken, formatTokenLine, TokenGrant } from '@overseer/shared/access';
import { Rig } from './testing/rig.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;
const token = createToken();
let rig: Rig;

beforeAll(async () => {
  const grant = new TokenGrant('reader', digestOfToken(token), new Set(['read']), '*');
  rig = await Rig.start({ TOKENS: formatTokenLine(grant), API_REQUESTS_MAX: '2' });
});

afterAll(() => rig?.[Symbol.asyncDispose]());

const authorization = { authorization: `Bearer ${token}` };
const samples = () => Samples.of(rig.frontend.url, authorization);
const ask = (path: string) => rig.frontend.get(path, { headers: authorization });

/** What a metric has risen by, while something was done. */
async function risenBy<Name extends string>(
  reads: Readonly<Record<Name, readonly [metric: string, labels: Record<string, string>]>>,
  action: () => Promise<unknown>,
): Promise<Record<Name, number>> {
  const read = async () => {
    const now = await samples();
    return Object.entries<readonly [string, Record<string, string>]>(reads).map(
      ([name, [metric, labels]]) =>
        [name, now.sum(`overseer_frontend_${metric}`, labels) ?? 0] as const,
    );
  };
  const before = new Map(await read());
  await action();
  const risen = (await read()).map(([name, value]) => [name, value - (before.get(name) ?? 0)]);
  return Object.fromEntries(risen) as Record<Name, number>;
}

describe('metrics of the frontend', () => {
  test('queries - are counted by route and status, and what was asked by kind and outcome', async () => {
    const route = '/api/v1/query';
    const path = `${route}?query=cpu&time=1000`;
    rig.store.answers.set('instant', { parts: [{ kind: 'scalar', value: 1 }] });
    const ok = await risenBy(
      {
        answered: ['requests_total', { route, status: '200' }],
        timed: ['request_seconds_count', { route }],
        asked: ['questions_total', { kind: 'instant', outcome: 'ok' }],
        askedTimes: ['question_seconds_count', { kind: 'instant' }],
      },
      () => ask(path),
    );
    expect(ok).toEqual({ answered: 1, timed: 1, asked: 1, askedTimes: 1 });
    rig.store.failures.set('instant', new AnswerError('limit', 'too much'));
    const failed = await risenBy(
      {
        answered: ['requests_total', { route, status: '422' }],
        asked: ['questions_total', { kind: 'instant', outcome: 'limit' }],
      },
      () => ask(path),
    );
    rig.store.failures.clear();
    expect(failed).toEqual({ answered: 1, asked: 1 });
  });

  test('limits - a request beyond one is counted by its name', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    rig.store.gate = promise;
    const asked = rig.store.questions.length;
    const risen = await risenBy(
      { refused: ['refused_requests_total', { limit: 'api_requests_max' }] },
      async () => {
        const path = '/api/v1/query?query=cpu&time=1000';
        const waiting = [ask(path), ask(path)];
        await waitUntil(() => rig.store.questions.length === asked + 2, {
          what: 'two questions',
          deadlineMs: DEADLINE_MS,
        });
        expect((await ask(path)).status).toBe(503);
        resolve();
        await Promise.all(waiting);
      },
    );
    expect(risen).toEqual({ refused: 1 });
    expect((await samples()).value('overseer_frontend_api_requests_max')).toBe(2);
  });

  test('signing in - is counted by outcome', async () => {
    const log = createLogger('test');
    const bus = await connectBus({ url: rig.nats.url, name: 'test', log });
    await bus.bucket(CONTROL_BUCKET, { replicas: 1, bytesMax: 1024 ** 2 });
    await bus.close();
    const signIn = async (text: string, headers: Record<string, string> = {}) => {
      const body = new URLSearchParams({ token: text });
      return rig.frontend.get('/login', { method: 'POST', body, headers, redirect: 'manual' });
    };
    await waitUntil(async () => (await signIn(token)).status === 303, {
      what: 'the secret of sessions',
      deadlineMs: DEADLINE_MS,
    });
    const outcome = (name: string) => ['sign_ins_total', { outcome: name }] as const;
    const risen = await risenBy(
      { ok: outcome('ok'), unknown: outcome('unknown_token'), refused: outcome('refused') },
      async () => {
        await signIn(token);
        await signIn('nobody’s');
        await signIn('nobody’s');
        await signIn(token, { origin: 'https://elsewhere.example' });
      },
    );
    expect(risen).toEqual({ ok: 1, unknown: 2, refused: 1 });
  });

  test('levels - have the limit that they run up to beside them', async () => {
    const { names } = await samples();
    const limits = [...names].filter((name) => name.endsWith('_max'));
    expect(limits.length).toBeGreaterThan(5);
    for (const limit of limits) expect(names).toContain(limit.replace(/_max$/, ''));
  });
});
