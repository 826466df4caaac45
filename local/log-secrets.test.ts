import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { connectBus, createLogger, pointsSubject } from '@overseer/shared';
import { createToken, digestOfToken } from '@overseer/shared/access';
import { projectFolder } from './project.ts';
import { type ServiceName, services } from './services.ts';
import { OVERSEER_PROCESSES, TestOverseer, waitUntil } from './testing/mod.ts';

const DEADLINE_MS = 60_000;
/** Each is something that a user sends in a body, an expression, or a name that is refused. */
const BODY = 'body-of-a-user';
const WRONG_PASSWORD = 'wr0ng/pass%40word';

const token = createToken();
const stranger = createToken();
let overseer: TestOverseer;

beforeAll(async () => {
  const sha256 = digestOfToken(token).toString('hex');
  overseer = await TestOverseer.start({
    environment: {
      LOG_LEVEL: 'trace',
      TOKENS: `name=tester databases=* rights=read,write sha256=${sha256}`,
    },
  });
});
afterAll(() => overseer?.stop());

/** What must not be read anywhere. */
function secrets(): string[] {
  const passwords = [overseer.natsUrl, overseer.databaseUrl].map((url) => new URL(url).password);
  const wrong = [
    WRONG_PASSWORD,
    decodeURIComponent(WRONG_PASSWORD),
    new URL(withPassword(overseer.natsUrl, WRONG_PASSWORD)).password,
  ];
  return [token, stranger, BODY, ...passwords, ...wrong].filter((secret) => secret !== '');
}

function expectNoSecrets(output: string): void {
  const found = secrets().filter((secret) => output.includes(secret));
  const lines = output.split('\n').filter((line) => found.some((secret) => line.includes(secret)));
  expect(lines).toEqual([]);
}

/** All that the services have printed lately, to either stream. */
function printed(): string {
  return OVERSEER_PROCESSES.filter((name) => name in services)
    .flatMap((name) => overseer.processes[name].lines)
    .join('\n');
}

/** What a service prints that can't start as it is, until the text is in it or it has ended. */
async function outputOf(
  name: ServiceName,
  environment: Readonly<Record<string, string>>,
  until: string,
): Promise<string> {
  const child = Bun.spawn([process.execPath, join(projectFolder, services[name].main)], {
    env: {
      ...process.env,
      LOG_LEVEL: 'trace',
      NATS_URL: overseer.natsUrl,
      DATABASE_URL: overseer.databaseUrl,
      INGRESS_PORT: '0',
      STORE_PORT: '0',
      PROCESSOR_PORT: '0',
      FRONTEND_PORT: '0',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const chunk of stream) output += Buffer.from(chunk).toString();
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  try {
    await waitUntil(() => output.includes(until) || child.exitCode !== null, {
      what: `${name} to print "${until}"`,
      deadlineMs: DEADLINE_MS,
    });
  } catch (error) {
    throw new Error(`${error}; it has printed:\n${output}`);
  } finally {
    child.kill('SIGKILL');
    await reading;
  }
  expect(output).toContain(until);
  return output;
}

/** The URL of a server with another password. */
function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
}

async function send(path: string, init: RequestInit = {}): Promise<number> {
  const base = path.startsWith('/api/v1') || path === '/login' ? 'frontendUrl' : 'ingressUrl';
  const answer = await fetch(`${overseer[base]}${path}`, { redirect: 'manual', ...init });
  await answer.body?.cancel();
  return answer.status;
}

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  send(path, { method: 'POST', body, headers: { authorization: `Bearer ${token}`, ...headers } });

test('log - refused requests bring no token and no body into it', async () => {
  const bad = `m,host=${BODY} f="${BODY}",g=${BODY} 1`;
  expect(await post('/write?db=a', bad)).toBe(400);
  expect(await post(`/write?db=a&precision=${BODY}`, bad)).toBe(400);
  expect(await post('/write?db=a', `m f="${BODY}" 1`)).toBe(204);
  expect(await post('/write?db=a', 'm f=1 1')).toBe(400);
  expect(await post('/write?db=a', bad, { 'content-encoding': 'gzip' })).toBe(400);
  expect(await post('/write?db=a', bad, { authorization: `Bearer ${stranger}` })).toBe(401);
  expect(await send(`/write?db=a&u=x&p=${stranger}`, { method: 'POST', body: bad })).toBe(401);
  await send(`/query?q=${BODY}&p=${token}`);
  expect(await post('/login', `token=${stranger}&next=${BODY}`)).toBeGreaterThanOrEqual(400);
  const headers = { cookie: `overseer_session=1767225600000.bWU.${BODY}`, authorization: stranger };
  expect(await send(`/api/v1/query?query=${BODY}&db=a`, { headers })).toBe(401);
  expect(await post('/api/v1/query', `query=up{host="${BODY}"`)).toBeGreaterThanOrEqual(400);
  expectNoSecrets(printed());
});

test('log - a message that can’t be read, and servers that are away, bring nothing into it', async () => {
  const log = createLogger('test');
  const bus = await connectBus({ url: overseer.natsUrl, name: 'test', log });
  await bus.publish(pointsSubject(0), Buffer.from(`neither a batch nor ${BODY}`));
  await bus.close();
  await waitUntil(() => printed().includes('dead letter'), {
    what: 'the message to become a dead letter',
    deadlineMs: DEADLINE_MS,
  });
  const { nats, postgres } = overseer.processes;
  await postgres.kill();
  expect(await post('/write?db=a', `m f="${BODY}" 2`)).toBe(204);
  await waitUntil(() => printed().includes('trying again'), {
    what: 'the store to miss PostgreSQL',
    deadlineMs: DEADLINE_MS,
  });
  await nats.kill();
  await waitUntil(() => printed().includes('NATS disconnected'), {
    what: 'NATS to be missed',
    deadlineMs: DEADLINE_MS,
  });
  expect(await post('/write?db=a', `m f="${BODY}" 3`)).toBe(503);
  expectNoSecrets(printed());
  await nats.restart();
  await postgres.restart();
});

test('log - wrong passwords and servers that are none are told without the passwords', async () => {
  const { natsUrl, databaseUrl } = overseer;
  const closed = (url: string) => {
    const changed = new URL(withPassword(url, WRONG_PASSWORD));
    changed.port = '1';
    return changed.href;
  };
  const telemetry = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${encodeURIComponent(WRONG_PASSWORD)}@127.0.0.1:9`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${stranger}`,
    OTEL_BLRP_SCHEDULE_DELAY: '50',
  };
  const cases: readonly (readonly [ServiceName, Record<string, string>, until: string])[] = [
    ['ingress', { NATS_URL: withPassword(natsUrl, WRONG_PASSWORD) }, 'fatal'],
    ['frontend', { NATS_URL: closed(natsUrl) }, 'NATS is not there'],
    ['processor', { NATS_URL: natsUrl.replace('nats:', 'tls:') }, 'NATS'],
    ['store', { DATABASE_URL: withPassword(databaseUrl, WRONG_PASSWORD) }, 'password'],
    ['store', { DATABASE_URL: closed(databaseUrl) }, 'waiting for PostgreSQL'],
    ['store', { DATABASE_URL: `${databaseUrl}?sslmode=require` }, 'PostgreSQL'],
    ['store', { DATABASE_URL: `postgres//u:${WRONG_PASSWORD}@x` }, 'fatal'],
    ['ingress', { TOKENS: `name=a databases=* rights=read sha256=${stranger}` }, 'fatal'],
    [
      'frontend',
      { TLS_CERT: join(projectFolder, 'no'), TLS_KEY: join(projectFolder, 'no') },
      'fatal',
    ],
    ['frontend', telemetry, 'can’t be exported'],
  ];
  const outputs = await Promise.all(
    cases.map(([name, environment, until]) => outputOf(name, environment, until)),
  );
  expectNoSecrets(outputs.join('\n'));
});
