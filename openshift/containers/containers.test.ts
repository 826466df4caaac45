import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { Engine, EngineMissingError } from './engine.ts';
import { buildImage } from './image.ts';
import { importNatsImage, importPostgresImage, type PostgresVersion } from './stand-ins.ts';
import {
  Containers,
  GRACE_SECONDS,
  type ServiceContainer,
  type ServiceName,
  untilReady,
} from './testing/containers.ts';
import { type PointName, Senders } from './testing/senders.ts';

/** Base images are fetched and the image is built before the first test. */
const SETUP_DEADLINE_MS = 600_000;
setDefaultTimeout(180_000);

const STORED_DEADLINE_MS = 60_000;
const IMAGE = 'overseer-test/overseer:latest';
const IMAGE_BYTES_MAX = 200_000_000;
const SENDERS_COUNT = 4;
/** Before something is told to end, so that it is in the midst of its work. */
const POINTS_BEFORE = 400;

/** Undefined where there is none and none can be started, which is said once. */
async function openEngine(): Promise<Engine | undefined> {
  try {
    return await Engine.open(console.error);
  } catch (error) {
    if (!(error instanceof EngineMissingError)) throw error;
    console.error(`The tests of containers need a Docker engine: ${error.message}.`);
    return undefined;
  }
}

const engine = await openEngine();

/** Makes the images. @returns the size of ours */
async function prepare(docker: Engine): Promise<number> {
  process.env.DOCKER_HOST = docker.host;
  if (docker.isOwn) {
    // The engine ends with this process, and with it all that runs in it.
    process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
    process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1';
    await importNatsImage(docker, console.error);
  }
  const { bytes } = await buildImage(docker, IMAGE, console.error);
  return bytes;
}

async function preparePostgres(docker: Engine, version: PostgresVersion): Promise<void> {
  if (docker.isOwn) await importPostgresImage(docker, version, console.error);
}

/** Reads the points of a measurement until all of those are there. @returns all that are stored */
async function storedPoints(
  containers: Containers,
  measurement: string,
  wanted: readonly PointName[],
): Promise<PointName[]> {
  let stored: PointName[] = [];
  await waitUntil(
    async () => {
      const rows = await containers.rows(
        `select tags->>'sender' as sender, n::int as n from containers."${measurement}"`,
      );
      stored = rows.map(({ sender, n }) => `${sender}/${n}` as PointName);
      return new Set(wanted).difference(new Set(stored)).size === 0;
    },
    {
      what: `${wanted.length} acknowledged points to be stored`,
      deadlineMs: STORED_DEADLINE_MS,
      lastSeen: () => `${stored.length} points`,
    },
  );
  return stored;
}

function write(containers: Containers, { url }: ServiceContainer, lines: string) {
  return fetch(`${url}/write?db=containers&precision=ms`, {
    method: 'POST',
    headers: { authorization: `Bearer ${containers.writeToken}` },
    body: lines,
  });
}

describe.skipIf(!engine)('containers', () => {
  // Only ever called when there is one.
  const docker = engine as Engine;
  let imageBytes = 0;
  let containers: Containers;
  const services = {} as Record<ServiceName, ServiceContainer>;

  beforeAll(async () => {
    imageBytes = await prepare(docker);
    await preparePostgres(docker, 18);
    containers = await Containers.start(docker, IMAGE);
  }, SETUP_DEADLINE_MS);

  afterAll(async () => {
    await containers?.stop();
    await docker.stop();
  }, SETUP_DEADLINE_MS);

  test('the image - is small, says what it is, and runs as nobody in particular', async () => {
    expect(imageBytes).toBeLessThan(IMAGE_BYTES_MAX);
    const config = JSON.parse(await containers.inspect(IMAGE, '{{json .Config}}'));
    expect(config).toMatchObject({
      User: '1001:0',
      WorkingDir: '/overseer',
      Labels: {
        'org.opencontainers.image.title': 'Overseer',
        'org.opencontainers.image.revision': expect.any(String),
        'org.opencontainers.image.version': expect.any(String),
      },
    });
  });

  test('services without servers - live, and say what they wait for', async () => {
    const names = ['store', 'ingress', 'processor', 'frontend'] as const;
    const started = await Promise.all(names.map((name) => containers.startService(name)));
    for (const [index, name] of names.entries()) {
      services[name] = started[index] as ServiceContainer;
      const { url } = services[name];
      expect((await fetch(`${url}/ready`)).status).toBe(503);
      // Of ingress, /health is InfluxDB's question whether it takes points; that it lives, /ping says.
      const alive = await fetch(`${url}${name === 'ingress' ? '/ping' : '/health'}`);
      expect(alive.ok).toBeTrue();
    }
  });

  test('services with servers - become ready, as any user, without rights, on a root that stays as it was', async () => {
    await Promise.all([containers.startNats(), containers.startPostgres(18)]);
    await Promise.all(Object.values(services).map(untilReady));
    for (const { id } of Object.values(services)) {
      expect(await docker.docker(['diff', id])).toBe('');
      if (!docker.isOwn) continue;
      const processId = await containers.inspect(id, '{{.State.Pid}}');
      const status = await Bun.file(`/proc/${processId}/status`).text();
      expect(status).toMatch(/^Uid:\t1000650000\t/m);
      expect(status).toMatch(/^Gid:\t0\t/m);
      expect(status).toMatch(/^CapEff:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      // The service itself: nothing stands between it and the signals.
      expect(status).toMatch(/^NSpid:\t\d+\t1$/m);
    }
  });

  test('a point - is written with the one token and read back with the other', async () => {
    const nowMs = Date.now();
    const written = await write(containers, services.ingress, `cpu,host=a idle=42 ${nowMs}`);
    expect(written.status).toBe(204);
    const query = `${services.frontend.url}/db/containers/api/v1/query?query=cpu_idle`;
    const ask = (token: string) => fetch(query, { headers: { authorization: `Bearer ${token}` } });
    const value = await waitUntil(
      async () => {
        const { data } = (await (await ask(containers.readToken)).json()) as {
          data?: { result: { value: [number, string] }[] };
        };
        return data?.result[0]?.value[1];
      },
      { what: 'the point to be read', deadlineMs: STORED_DEADLINE_MS },
    );
    expect(value).toBe('42');
    expect((await ask(containers.writeToken)).status).toBe(403);
    expect((await fetch(query)).status).toBe(401);
  });

  test('the page - is served', async () => {
    const page = await fetch(services.frontend.url, {
      headers: { authorization: `Bearer ${containers.readToken}`, accept: 'text/html' },
    });
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1];
    expect((await fetch(new URL(script ?? '/none', services.frontend.url))).status).toBe(200);
  });

  test('SIGTERM to ingress - what it acknowledged is stored once, and it ends in order', async () => {
    const { url } = services.ingress;
    const senders = new Senders(url, containers.writeToken, 'drained', SENDERS_COUNT);
    await waitUntil(() => senders.acknowledged.length > POINTS_BEFORE, {
      what: 'points to be acknowledged',
      deadlineMs: STORED_DEADLINE_MS,
    });
    const ending = await containers.terminate(services.ingress);
    await senders.stop();
    expect(ending.exitCode).toBe(0);
    expect(ending.seconds).toBeLessThan(GRACE_SECONDS);
    const stored = await storedPoints(containers, 'drained', senders.acknowledged);
    expect(new Set(stored).size).toBe(stored.length);
    services.ingress = await containers.startService('ingress');
    await untilReady(services.ingress);
  });

  test('SIGTERM to the store - the next one stores what is acknowledged, once', async () => {
    const { url } = services.ingress;
    const senders = new Senders(url, containers.writeToken, 'handed', SENDERS_COUNT);
    await waitUntil(() => senders.acknowledged.length > POINTS_BEFORE, {
      what: 'points to be acknowledged',
      deadlineMs: STORED_DEADLINE_MS,
    });
    const ending = await containers.terminate(services.store);
    expect(ending.exitCode).toBe(0);
    expect(ending.seconds).toBeLessThan(GRACE_SECONDS);
    services.store = await containers.startService('store');
    await untilReady(services.store);
    await senders.stop();
    const stored = await storedPoints(containers, 'handed', senders.acknowledged);
    expect(new Set(stored).size).toBe(stored.length);
  });

  test('SIGTERM to the others - they end in order', async () => {
    for (const name of ['processor', 'frontend'] as const) {
      const ending = await containers.terminate(services[name]);
      expect([name, ending.exitCode]).toEqual([name, 0]);
      expect(ending.seconds).toBeLessThan(GRACE_SECONDS);
    }
  });

  test('a word that is no service - is refused by name', async () => {
    const outcome = docker.docker(['run', '--rm', '--network=none', IMAGE, 'nothing']);
    expect(await outcome.then(String, String)).toContain('The image has no "nothing"');
  });

  for (const version of [15, 17] as const) {
    test(`PostgreSQL ${version} - points are stored and read`, async () => {
      await preparePostgres(docker, version);
      await using others = await Containers.start(docker, IMAGE);
      await Promise.all([others.startNats(), others.startPostgres(version)]);
      const [store, ingress] = await Promise.all([
        others.startService('store'),
        others.startService('ingress'),
      ]);
      await Promise.all([untilReady(store), untilReady(ingress)]);
      const lines =
        'roundtrip,sender=0 n=0i 1\nroundtrip,sender=0 n=1i 2\nroundtrip,sender=1 n=0i 1';
      expect((await write(others, ingress, lines)).status).toBe(204);
      // The same again, and one of them changed: late rows go another way.
      expect((await write(others, ingress, `${lines}\nroundtrip,sender=1 n=7i 1`)).status).toBe(
        204,
      );
      const stored = await storedPoints(others, 'roundtrip', ['0/0', '0/1', '1/7']);
      expect(stored.sort()).toEqual(['0/0', '0/1', '1/7']);
      const server = await others.rows('show server_version');
      expect(JSON.stringify(server)).toContain(`"${version}.`);
    });
  }
});
