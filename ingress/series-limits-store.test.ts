import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import {
  type NatsServer,
  type PostgresServer,
  type Service,
  startNats,
  startPostgres,
  startService,
  waitUntil,
} from '@overseer/local/testing';
import { RunningIngress } from './testing/running-ingress.ts';

setDefaultTimeout(90_000);

const DEADLINE_MS = 30_000;
const SERIES_MAX = 100;

let nats: NatsServer;
let postgres: PostgresServer;
let store: Service;

beforeAll(async () => {
  [nats, postgres] = await Promise.all([startNats(), startPostgres()]);
  store = await startService('store', {
    NATS_URL: nats.url,
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'warn',
    POINTS_BYTES_MAX: '256MiB',
    DEAD_BYTES_MAX: '16MiB',
  });
});

afterAll(async () => {
  await Promise.all([store?.stop(), postgres?.stop()]);
  await nats?.stop();
});

const lines = (count: number, from = 0, field = 'f=1') =>
  Array.from({ length: count }, (_, i) => `m,host=h${from + i} ${field} 1`).join('\n');

interface Rejection {
  readonly accepted: number;
  readonly dropped: number;
  readonly error: string;
  readonly lines: readonly { readonly line: number; readonly code: string; message: string }[];
}

/** Writes until it is not told to come again. */
async function writeInTheEnd(ingress: RunningIngress, body: string): Promise<Response> {
  return waitUntil(
    async () => {
      const response = await ingress.write(body);
      return response.status === 503 ? undefined : response;
    },
    { what: 'an answer other than 503', deadlineMs: DEADLINE_MS },
  );
}

test('series limits - a full database keeps its series, whoever writes them, and gets no more', async () => {
  const environment = { SERIES_PER_DATABASE_MAX: `${SERIES_MAX}` };
  const first = await RunningIngress.startReady(nats.url, environment);
  try {
    expect((await first.write(lines(SERIES_MAX - 10))).status).toBe(204);
    expect((await writeInTheEnd(first, lines(10, SERIES_MAX - 10))).status).toBe(204);
    const refused = await writeInTheEnd(first, lines(4, SERIES_MAX - 2));
    expect(refused.status).toBe(400);
    const rejection = (await refused.json()) as Rejection;
    expect(rejection).toMatchObject({ accepted: 2, dropped: 2 });
    expect(rejection.lines.map(({ line, code }) => [line, code])).toEqual([
      [3, 'too-many-series'],
      [4, 'too-many-series'],
    ]);
    expect(rejection.lines[0]?.message).toBe(
      `series "m,host=h${SERIES_MAX}" would be one more than ${SERIES_MAX} of its database, the limit SERIES_PER_DATABASE_MAX`,
    );
  } finally {
    await first.stop();
  }
  // One that knows no series yet.
  const second = await RunningIngress.startReady(nats.url, environment);
  try {
    const mixed = await writeInTheEnd(second, lines(SERIES_MAX + 50, 0, 'f=2'));
    expect((await mixed.json()) as Rejection).toMatchObject({ accepted: SERIES_MAX, dropped: 50 });
    const other = await second.get('/write?db=other', { method: 'POST', body: lines(1) });
    expect(other.status).toBe(204);
  } finally {
    await second.stop();
  }
});

test('series limits - too many new ones a second are told to come again, and do come in', async () => {
  const ingress = await RunningIngress.startReady(nats.url, { NEW_SERIES_PER_SECOND_MAX: '50' });
  try {
    const write = (body: string) => ingress.get('/write?db=quick', { method: 'POST', body });
    expect((await write(lines(500))).status).toBe(204);
    const response = await write(lines(700));
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    const { error } = (await response.json()) as { error: string };
    expect(error).toContain('NEW_SERIES_PER_SECOND_MAX is 50');
    // Those that are known are welcome all the time.
    expect((await write(lines(500, 0, 'f=2'))).status).toBe(204);
    const isWritten = async () => (await write(lines(700))).status === 204;
    await waitUntil(isWritten, { what: 'all to be written', deadlineMs: DEADLINE_MS });
  } finally {
    await ingress.stop();
  }
});
