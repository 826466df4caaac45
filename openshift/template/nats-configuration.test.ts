import { expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findNatsServer,
  freePort,
  Running,
  temporaryFolder,
  waitUntil,
} from '@overseer/local/testing';
import { connectBus, createLogger, type StreamSpec } from '@overseer/shared';
import { type Container, containersOf, contentsOf } from './rules/pods.ts';
import { renderAll } from './testing/installation.ts';

/** Each rendering makes others, and servers have those of the one that was applied first. */
const PASSWORDS = {
  NATS_PASSWORD: 'p0123456789012345678901234567890123456789012',
  NATS_ROUTES_PASSWORD: 'p9876543210987654321098765432109876543210987',
};
const SERVERS = [0, 1, 2];
const PID_FILE = /pid_file: (\S+)/;

/** The files as the pod has them, in one folder. @param change to each text */
function writeConfiguration(
  folder: string,
  servers: string,
  change = (text: string) => text,
): Container {
  const objects = renderAll('lite', { NATS_REPLICAS: servers, ...PASSWORDS });
  const files = {
    ...contentsOf(objects, 'ConfigMap', 'overseer-nats'),
    ...contentsOf(objects, 'Secret', 'overseer-nats'),
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), change(text));
  }
  const found = containersOf(objects).find(({ pods }) => pods.component === 'nats');
  if (!found) throw new Error('no pods have the component nats');
  return found.container;
}

test.each([['1'], ['3']])(
  'configuration of NATS - with %s servers is one that it takes',
  async (servers) => {
    const server = await findNatsServer();
    const folder = temporaryFolder();
    try {
      writeConfiguration(folder, servers);
      const check = Bun.spawn([server, '-t', '--config', join(folder, 'nats.conf')], {
        env: { POD_NAME: 'overseer-nats-0' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      expect(await check.stderr.text()).toContain('is valid');
      expect(await check.exited).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

/** Ports instead of the hosts that pods have each for itself. */
const ports = SERVERS.map(() => ({ client: freePort(), cluster: freePort(), monitor: freePort() }));
const routesPorts = ports.map(({ cluster }) => cluster);

/** One of three, and what its pod does before it is told to end. */
async function startServer(index: number) {
  const program = await findNatsServer();
  const { client, cluster, monitor } = ports[index] ?? { client: 0, cluster: 0, monitor: 0 };
  const folder = temporaryFolder();
  const pidFile = join(folder, 'nats.pid');
  let podPidFile = '';
  const container = writeConfiguration(folder, '3', (text) =>
    text
      .replaceAll(/overseer-nats-(\d)\.overseer-nats-servers:6222/g, (_, server) => {
        return `127.0.0.1:${routesPorts[Number(server)]}`;
      })
      .replace('0.0.0.0:4222', `127.0.0.1:${client}`)
      .replace('0.0.0.0:6222', `127.0.0.1:${cluster}`)
      .replace('0.0.0.0:8222', `127.0.0.1:${monitor}`)
      .replace(PID_FILE, (_, path: string) => {
        podPidFile = path;
        return `pid_file: ${pidFile}`;
      })
      .replace('/data', join(folder, 'data')),
  );
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${monitor}${path}`)).ok;
  const running = await Running.start(
    {
      name: `nats-${index}`,
      command: [program, ...(container.command ?? []).slice(1, -1), join(folder, 'nats.conf')],
      environment: { POD_NAME: `overseer-nats-${index}` },
      stopSignal: 'SIGTERM',
      deathSignal: 'SIGKILL',
      stopGraceMs: 15_000,
      readyDeadlineMs: 60_000,
      isReady: () => ask(container.startupProbe?.httpGet?.path ?? '').catch(() => false),
    },
    `nats://overseer:${PASSWORDS.NATS_PASSWORD}@127.0.0.1:${client}`,
    () => rmSync(folder, { recursive: true, force: true }),
  );
  const stopCommand = (container.lifecycle?.preStop?.exec?.command ?? []).slice(1);
  const tellToEnd = () =>
    Bun.spawn([program, ...stopCommand.map((word) => word.replace(podPidFile, pidFile))], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }).exited;
  const isReady = () => ask(container.readinessProbe?.httpGet?.path ?? '');
  const isAlive = () => ask(container.livenessProbe?.httpGet?.path ?? '');
  return { running, tellToEnd, isReady, isAlive };
}

test('three servers of NATS - replicate a stream, and take more of it when one has ended as its pod does', async () => {
  await using started = new AsyncDisposableStack();
  // None is ready before another one is there: they have to start together, as podManagementPolicy says.
  const outcomes = await Promise.allSettled(SERVERS.map(startServer));
  const servers = outcomes.flatMap((outcome) => {
    if (outcome.status === 'rejected') return [];
    started.use(outcome.value.running);
    return [outcome.value];
  });
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(await Promise.all(servers.map(({ isReady }) => isReady()))).toEqual([true, true, true]);
  expect(await Promise.all(servers.map(({ isAlive }) => isAlive()))).toEqual([true, true, true]);

  const bus = await connectBus({
    url: servers.map(({ running }) => running.url).join(','),
    name: 'test',
    log: createLogger('test'),
  });
  started.defer(() => bus.close());
  const points: StreamSpec = {
    name: 'POINTS',
    subjects: ['points.*'],
    storage: 'file',
    discard: 'new',
    bytesMax: 512 * 1024 ** 2,
    replicas: 3,
  };
  // Each is well before their leader has heard of all; a store that asks too early is started again.
  let refusal: unknown;
  const makeStream = async () => {
    try {
      return await bus.ensureStream(points);
    } catch (error) {
      refusal = error;
      return undefined;
    }
  };
  await waitUntil(makeStream, {
    what: 'a stream with three replicas',
    deadlineMs: 60_000,
    lastSeen: () => refusal,
  });
  expect(await bus.publish('points.0', new Uint8Array([1]))).toBe(1);

  const [, , last] = servers;
  expect(await last?.tellToEnd()).toBe(0);
  await waitUntil(() => last?.running.isRunning === false, {
    what: 'a server to end that was told to',
    deadlineMs: 60_000,
  });
  // The leader may have been the one that ended; until another is chosen, publishing fails.
  const publish = () => bus.publish('points.0', new Uint8Array([2])).catch(() => 0);
  expect(
    await waitUntil(publish, { what: 'two of three servers to take more', deadlineMs: 60_000 }),
  ).toBeGreaterThan(1);
});
