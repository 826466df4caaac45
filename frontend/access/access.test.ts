import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  createCertificate,
  startService,
  temporaryFolder,
  waitUntil,
  writeCertificate,
} from '@overseer/local/testing';
import { type Bus, CONTROL_BUCKET, connectBus, createLogger } from '@overseer/shared';
import {
  createToken,
  digestOfToken,
  formatTokenLine,
  type Right,
  TokenGrant,
} from '@overseer/shared/access';
import { SESSION_ENDED } from '../live/protocol.ts';
import { catalogueMeasurement } from '../testing/catalogue-measurement.ts';
import { Rig } from '../testing/rig.ts';
import { RunningFrontend } from '../testing/running-frontend.ts';
import { TestPage } from '../testing/test-page.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;

const TOKENS = { mine: createToken(), all: createToken(), writer: createToken() };
type Name = keyof typeof TOKENS;

function line(name: Name, rights: Right[], databases: ReadonlySet<string> | '*'): string {
  const digest = digestOfToken(TOKENS[name]);
  return formatTokenLine(new TokenGrant(name, digest, new Set(rights), databases));
}

const LINES = {
  mine: line('mine', ['read'], new Set(['test'])),
  all: line('all', ['read'], '*'),
  writer: line('writer', ['write'], '*'),
};

const bearer = (name: Name) => ({ authorization: `Bearer ${TOKENS[name]}` });
const basic = (name: Name) => ({
  authorization: `Basic ${Buffer.from(`anybody:${TOKENS[name]}`).toString('base64')}`,
});

let folder: string;
let tokensFile: string;
let rig: Rig;
let bus: Bus;

const setTokens = (...names: Name[]) =>
  writeFileSync(tokensFile, names.map((name) => LINES[name]).join('\n'));

beforeAll(async () => {
  folder = temporaryFolder();
  tokensFile = join(folder, 'tokens');
  setTokens('mine', 'all', 'writer');
  rig = await Rig.start({ TOKENS_FILE: tokensFile });
  const log = createLogger('test');
  log.level = 'fatal';
  bus = await connectBus({ url: rig.nats.url, name: 'test', log });
  await bus.bucket(CONTROL_BUCKET, { replicas: 1, bytesMax: 1024 ** 2 });
});

afterAll(async () => {
  await bus?.close();
  await rig?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function statusOf(path: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await rig.frontend.get(path, { headers });
  if (answer.status === 401 || answer.status === 403) {
    expect(await answer.json()).toEqual({
      status: 'error',
      errorType: answer.status === 401 ? 'unauthorized' : 'forbidden',
      error: expect.any(String),
    });
    // No browser is to ask for a name and a password.
    expect(answer.headers.get('www-authenticate')?.includes('Basic') ?? false).toBe(false);
  }
  return answer.status;
}

/** The cookie of a session, once the secret of sessions is there. */
async function signIn(name: Name, frontend: RunningFrontend = rig.frontend): Promise<string> {
  const answer = await waitUntil(
    async () => {
      const attempt = await login(TOKENS[name], { frontend });
      return attempt.status !== 503 && attempt;
    },
    { what: 'sessions to be possible', deadlineMs: DEADLINE_MS },
  );
  expect(answer.status).toBe(303);
  return (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '';
}

interface LoginOptions {
  readonly next?: string;
  readonly headers?: Record<string, string>;
  readonly frontend?: RunningFrontend;
}

function login(token: string, { next = '/', headers = {}, frontend }: LoginOptions = {}) {
  const body = new URLSearchParams({ token, next });
  const init = { method: 'POST', body, headers, redirect: 'manual' } as const;
  return (frontend ?? rig.frontend).get('/login', init);
}

const PATHS = [
  '/api/v1/query?query=up',
  '/api/v1/query_range?query=up&start=0&end=1&step=1',
  '/api/v1/series?match[]=up',
  '/api/v1/labels?x=1',
  '/api/v1/label/host/values?x=1',
  '/api/v1/catalogue?db=test',
  '/api/v1/catalogue?db=test&measurement=m',
  '/api/v1/metadata?db=test',
  '/api/v1/status/tsdb?db=test',
];

describe('access', () => {
  test('the query API - every path needs the right to read its database', async () => {
    for (const path of PATHS) {
      expect([path, await statusOf(path)]).toEqual([path, 401]);
      for (const form of [bearer, basic]) {
        expect([path, await statusOf(path, form('mine'))]).not.toEqual([path, 403]);
        expect([path, await statusOf(path, form('writer'))]).toEqual([path, 403]);
      }
      const other = `${path.replace('db=test', '')}&db=other`;
      expect([path, await statusOf(other, bearer('mine'))]).toEqual([path, 403]);
      expect([path, await statusOf(`/db/other${path}`, bearer('mine'))]).toEqual([path, 403]);
      expect(await statusOf(path, { authorization: `Token ${createToken()}` })).toBe(401);
      // No token from a URL: it would be kept in histories and logs.
      expect(await statusOf(`${path}&u=x&p=${TOKENS.mine}`)).toBe(401);
    }
    expect(await statusOf('/api/v1/status/buildinfo')).toBe(401);
    expect(await statusOf('/api/v1/status/buildinfo', bearer('writer'))).toBe(200);
  });

  test('the query API - a refused question is not asked', async () => {
    const before = rig.store.questions.length;
    expect(await statusOf('/api/v1/query?query=up&db=other', bearer('mine'))).toBe(403);
    expect(await statusOf('/api/v1/query?query=up')).toBe(401);
    expect(rig.store.questions).toHaveLength(before);
  });

  test('the query API - a form can not name another database', async () => {
    const answer = await rig.frontend.get('/api/v1/query', {
      method: 'POST',
      headers: bearer('mine'),
      body: new URLSearchParams({ query: 'up', db: 'other' }),
    });
    expect(answer.status).toBe(403);
  });

  test('the catalogue - has the databases that may be read', async () => {
    const measurement = (db: string) => catalogueMeasurement({ db, name: 'm' });
    rig.store.answers.set('catalogue.get', {
      parts: [
        {
          kind: 'catalogue',
          databases: ['other', 'test'],
          measurements: [measurement('other'), measurement('test')],
        },
      ],
    });
    const names = async (name: Name) => {
      const answer = await rig.frontend.get('/api/v1/catalogue', { headers: bearer(name) });
      const { data } = (await answer.json()) as { data: { databases: { name: string }[] } };
      return data.databases.map((database) => database.name);
    };
    expect(await names('mine')).toEqual(['test']);
    expect(await names('all')).toEqual(['other', 'test']);
    expect(await names('writer')).toEqual([]);
  });

  test('probes and the page itself - are open, metrics are not', async () => {
    for (const path of ['/health', '/ready', '/', '/login']) expect(await statusOf(path)).toBe(200);
    expect(await statusOf('/metrics')).toBe(401);
    expect(await statusOf('/metrics', bearer('writer'))).toBe(200);
  });
});

describe('sessions', () => {
  test('a session - is given for a token, and is as good as the token', async () => {
    const cookie = await signIn('mine');
    expect(cookie).not.toContain(TOKENS.mine);
    expect(await statusOf('/api/v1/query?query=up', { cookie })).not.toBe(401);
    expect(await statusOf('/api/v1/query?query=up&db=other', { cookie })).toBe(403);
    const session = await rig.frontend.get('/api/v1/session', { headers: { cookie } });
    expect(await session.json()).toEqual({ status: 'success', data: { name: 'mine' } });
    expect(await statusOf('/api/v1/session', { cookie: `${cookie}x` })).toBe(401);
  });

  test('its cookie - is out of reach of scripts and other sites', async () => {
    await signIn('mine');
    const plain = (await login(TOKENS.mine)).headers.get('set-cookie');
    expect(plain).toMatch(/; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
    const { host } = new URL(rig.frontend.url);
    for (const headers of [
      { 'x-forwarded-proto': 'https' },
      { 'x-forwarded-proto': 'https, http' },
      // Every browser says so, also where the proxy before us does not.
      { origin: `https://${host}` },
    ]) {
      const proxied = (await login(TOKENS.mine, { headers })).headers.get('set-cookie');
      expect([headers, proxied]).toEqual([
        headers,
        expect.stringMatching(/; SameSite=Strict; Secure$/),
      ]);
    }
  });

  test('a wrong token - is told on the page, without it', async () => {
    const token = `${createToken()}"><script>`;
    const answer = await login(token, { next: '/?a="><script>' });
    const html = await answer.text();
    expect([answer.status, answer.headers.has('set-cookie')]).toEqual([401, false]);
    expect(html).toContain('This token is not known.');
    expect(html).not.toContain(token);
    expect(html).not.toContain('<script>');
    expect(answer.headers.get('content-security-policy')).toStartWith("default-src 'none'; style");
  });

  test('signing in - takes no more memory than a token needs: strangers may send the form', async () => {
    expect((await login('x'.repeat(20_000))).status).toBe(413);
    expect((await login(TOKENS.mine, { next: `/?expr=${'x'.repeat(10_000)}` })).status).toBe(303);
  });

  test('signing in - leads back to where one came from, and nowhere else', async () => {
    await signIn('mine');
    const locationFor = async (next: string) =>
      (await login(TOKENS.mine, { next })).headers.get('location');
    expect(await locationFor('/?db=a&expr=up#x')).toBe('/?db=a&expr=up#x');
    const elsewhere = [
      'https://evil.example.org/',
      '//evil.example.org/',
      '/\\evil.example.org/',
      '/..//evil.example.org/',
      '/.//evil.example.org/',
      '/\t/evil.example.org/',
      'javascript:alert(1)',
      '',
    ];
    for (const next of elsewhere) expect([next, await locationFor(next)]).toEqual([next, '/']);
  });

  test('other sites - can not sign anybody in or out', async () => {
    const headers = { origin: 'https://evil.example.org' };
    expect((await login(TOKENS.mine, { headers })).status).toBe(403);
    const out = await rig.frontend.get('/logout', { method: 'POST', headers });
    expect(out.status).toBe(403);
  });

  test('signing out - takes the cookie back', async () => {
    const init = { method: 'POST', redirect: 'manual' } as const;
    const answer = await rig.frontend.get('/logout', init);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login']);
    expect(answer.headers.get('set-cookie')).toStartWith('overseer_session=; Path=/; Max-Age=0');
  });

  test('a second frontend - knows the sessions of the first', async () => {
    const cookie = await signIn('all');
    const other = await RunningFrontend.start(rig.nats.url, { TOKENS: LINES.all });
    try {
      const otherCookie = await signIn('all', other);
      for (const one of [cookie, otherCookie]) {
        for (const frontend of [rig.frontend, other]) {
          const answer = await frontend.get('/api/v1/session', { headers: { cookie: one } });
          expect(answer.status).toBe(200);
        }
      }
    } finally {
      await other.stop();
    }
  });
});

describe('live connections', () => {
  test('a stranger - is not connected', async () => {
    const upgrade = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    expect(await statusOf('/live', upgrade)).toBe(401);
  });

  test('a session - may watch its databases, and hears of no other', async () => {
    const cookie = await signIn('mine');
    const page = await TestPage.open(rig.frontend.url, { cookie });
    const all = await TestPage.open(rig.frontend.url, bearer('all'));
    try {
      const refused = page.subscribe(1, 'up', { db: 'other' });
      await page.until('the refusal', () => refused.failures.length > 0);
      expect(refused.failures[0]).toMatchObject({
        error: 'bad_data',
        retrying: false,
        message: 'the token named "mine" may not read database "other"',
      });
      const taken = page.subscribe(2, 'up');
      await page.until('an answer', () => taken.resets.length > 0);

      const news = (one: TestPage, db: string) =>
        one.messages.some((message) => message.kind === 'catalogue' && message.db === db);
      const update = { measurement: 'm', fromMs: 0, toMs: 0, fieldsNew: true };
      await rig.store.tell({ db: 'other', ...update });
      await all.until('the news', () => news(all, 'other'));
      await rig.store.tell({ db: 'test', ...update });
      await page.until('its news', () => news(page, 'test'));
      expect(news(page, 'other')).toBe(false);
    } finally {
      page.close();
      all.close();
    }
  });

  test('a token that is taken back - ends sessions and connections, and no others', async () => {
    const cookie = await signIn('mine');
    const page = await TestPage.open(rig.frontend.url, { cookie });
    const all = await TestPage.open(rig.frontend.url, bearer('all'));
    try {
      setTokens('all', 'writer');
      await page.until('the end', () => page.closeCode !== undefined);
      expect([page.closeCode, all.closeCode]).toEqual([SESSION_ENDED, undefined]);
      expect(await statusOf('/api/v1/session', { cookie })).toBe(401);
      expect(await statusOf('/api/v1/session', bearer('mine'))).toBe(401);
    } finally {
      page.close();
      all.close();
      setTokens('mine', 'all', 'writer');
      await waitUntil(async () => (await statusOf('/api/v1/session', bearer('mine'))) === 200, {
        what: 'the token to be back',
        deadlineMs: DEADLINE_MS,
      });
    }
  });

  test('a session that ends - ends its connections', async () => {
    const other = await RunningFrontend.start(rig.nats.url, {
      TOKENS: LINES.all,
      SESSION_LIFETIME: '1m',
    });
    const now = Date.now;
    try {
      const cookie = await signIn('all', other);
      const page = await TestPage.open(other.url, { cookie });
      Date.now = () => now() + 61_000;
      await page.until('the end', () => page.closeCode !== undefined);
      expect(page.closeCode).toBe(SESSION_ENDED);
    } finally {
      Date.now = now;
      await other.stop();
    }
  });
});

test('HTTPS - the cookie is for HTTPS alone, and a renewed certificate is shown', async () => {
  const certificates = join(folder, 'certificates');
  mkdirSync(certificates);
  const [one, two] = [createCertificate('one'), createCertificate('two')];
  const { cert, key } = writeCertificate(certificates, one);
  const frontend = await RunningFrontend.start(rig.nats.url, {
    TOKENS: LINES.all,
    TLS_CERT: cert,
    TLS_KEY: key,
  });
  try {
    expect(frontend.url).toStartWith('https:');
    const body = new URLSearchParams({ token: TOKENS.all, next: '/' });
    const init = {
      method: 'POST',
      body,
      redirect: 'manual',
      tls: { ca: one.cert },
    } satisfies BunFetchRequestInit;
    const answer = await waitUntil(
      async () => {
        const attempt = await fetch(`${frontend.url}/login`, init);
        return attempt.status === 303 && attempt;
      },
      { what: 'sessions to be possible', deadlineMs: DEADLINE_MS },
    );
    expect(answer.headers.get('set-cookie')).toEndWith('; Secure');
    writeCertificate(certificates, two);
    await waitUntil(
      () =>
        fetch(`${frontend.url}/health`, { tls: { ca: two.cert }, keepalive: false }).catch(
          () => false,
        ),
      { what: 'the new certificate', deadlineMs: DEADLINE_MS },
    );
  } finally {
    await frontend.stop();
  }
});

test('secrets - are in no log and in no answer', async () => {
  const service = await startService('frontend', {
    NATS_URL: rig.nats.url,
    TOKENS: Object.values(LINES).join(';'),
    LOG_LEVEL: 'trace',
  });
  try {
    const unknown = createToken();
    const texts: string[] = [];
    for (const token of [...Object.values(TOKENS), unknown]) {
      const headers = { authorization: `Basic ${Buffer.from(`a:${token}`).toString('base64')}` };
      for (const path of [...PATHS, '/nothing?x=', '/login?x=', '/metrics?x=', '/live?x=']) {
        for (const request of [{ headers }, { headers: { authorization: `Odd ${token}` } }, {}]) {
          const answer = await fetch(`${service.url}${path}&u=a&p=${token}`, request);
          texts.push(await answer.text());
        }
      }
      const body = new URLSearchParams({ token });
      const answer = await fetch(`${service.url}/login`, {
        method: 'POST',
        body,
        redirect: 'manual',
      });
      texts.push(await answer.text());
    }
    await service.kill('SIGTERM');
    const text = [...texts, ...service.lines].join('\n');
    expect(text).toContain('the frontend is listening');
    for (const token of [...Object.values(TOKENS), unknown]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(digestOfToken(token).toString('hex'));
    }
  } finally {
    await service.stop();
  }
});

test('a Host header - that is missing is no matter, and brings no secret into the log', async () => {
  const service = await startService('frontend', {
    NATS_URL: rig.nats.url,
    TOKENS: Object.values(LINES).join(';'),
    LOG_LEVEL: 'trace',
  });
  try {
    const statuses = {
      [`GET /?x=${TOKENS.mine}`]: 200,
      [`GET /nothing?x=${TOKENS.mine}`]: 404,
      [`PUT /login?x=${TOKENS.mine}`]: 405,
      [`GET /login?next=${TOKENS.mine}`]: 200,
      [`GET /api/v1/status/buildinfo?x=${TOKENS.mine}`]: 200,
      [`GET /api/v1/query?query=up&x=${TOKENS.mine}&db=other`]: 403,
    };
    for (const host of ['', 'Host: 127.0.0.1/db?x=#']) {
      for (const [start, status] of Object.entries(statuses)) {
        const version = host === '' ? 'HTTP/1.0' : `HTTP/1.1\r\n${host}`;
        const answered = await statusOfRaw(
          service.url,
          `${start} ${version}\r\nAuthorization: Bearer ${TOKENS.mine}\r\nConnection: close\r\n\r\n`,
        );
        expect([start, answered]).toEqual([start, status]);
      }
    }
    await service.kill('SIGTERM');
    const text = service.lines.join('\n');
    expect(text).toContain('the frontend is listening');
    expect(text).not.toContain(TOKENS.mine);
  } finally {
    await service.stop();
  }
});

/** Status of the answer to a request as it is, which `fetch` would not send. */
function statusOfRaw(url: string, request: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let answer = '';
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(request));
  socket.on('data', (bytes) => {
    answer += bytes;
  });
  socket.on('close', () => resolve(Number(answer.split(' ', 2)[1])));
  socket.on('error', reject);
  return promise;
}

test('without tokens - nobody signs in', async () => {
  const open = await RunningFrontend.start(rig.nats.url);
  try {
    const page = await open.get('/login?next=/x', { redirect: 'manual' });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/x']);
    const session = await open.get('/api/v1/session', {
      headers: { cookie: 'overseer_session=x' },
    });
    expect(await session.json()).toEqual({ status: 'success', data: { name: null } });
  } finally {
    await open.stop();
  }
});
