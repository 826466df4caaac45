import { waitUntil } from '@overseer/local/testing';
import type { Benchmark, Contender } from '../harness.ts';
import { startLineServers } from '../line-servers.ts';
import { LoadGenerator } from '../load.ts';
import type { WriteServer } from '../servers/write-server.ts';
import { MEASUREMENT } from '../tsbs.ts';

const HOSTS = 1000;
const SEED = 1;
const BODY_BYTES_MAX = 256 * 1024;
const SENDERS = 8;
const DATABASE = 'recovery';
/** Of the lines of the first run: all are in the past. */
const AGE_NS = 86_400n * 1_000_000_000n;
/** Between the first lines of two runs. */
const RUN_SPAN_NS = 7200n * 1_000_000_000n;
const DEADLINE_MS = 5 * 60_000;
/** A count that stays for so long is final: whoever has not got the lines by then has lost them. */
const FINAL_AFTER_MS = 3000;

/** What a kill -9 of all processes costs: time, and lines that were acknowledged. */
export const recovery: Benchmark = {
  name: 'recovery',
  question:
    'How soon does everything answer again after a kill -9 right behind the last 204, and are all lines there?',
  async prepare(context) {
    const { quick } = context;
    const lines = quick ? 20_000 : 500_000;
    await using started = new AsyncDisposableStack();
    const { servers, parameters, versions } = await startLineServers(started, 'recovery', context);
    const all = started.move();
    return {
      contenders: servers.flatMap((server) => [
        idleContender(server),
        crashContender(server, lines),
      ]),
      ratios: servers.slice(1).flatMap(({ name }) =>
        [IDLE, BUSY].map((when) => ({
          name: `${when}: overseer / ${name}`,
          figure: 'writableMs',
          of: `${when}: overseer`,
          to: `${when}: ${name}`,
        })),
      ),
      parameters: { lines, hosts: HOSTS, seed: SEED, ...parameters },
      versions,
      rounds: quick ? 1 : 5,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

const IDLE = 'start with nothing to do';
const BUSY = 'kill -9 behind the last 204';

/** Ended and started again when all that it ever got is stored. */
function idleContender(server: WriteServer): Contender {
  return {
    name: `${IDLE}: ${server.name}`,
    async run() {
      await server.resume();
      try {
        await server.crash();
        return await startAgain(server);
      } finally {
        await server.pause();
      }
    },
  };
}

function crashContender(server: WriteServer, lines: number): Contender {
  const firstNs = BigInt(Date.now()) * 1_000_000n - AGE_NS;
  let runs = 0;
  return {
    name: `${BUSY}: ${server.name}`,
    async run() {
      const startNs = firstNs + BigInt(runs) * RUN_SPAN_NS;
      const database = `${DATABASE}_${runs++}`;
      await using generator = await LoadGenerator.start({
        hosts: HOSTS,
        seed: SEED,
        startNs,
        values: 'integers',
      });
      await generator.prepare(lines, BODY_BYTES_MAX, SENDERS);
      await server.resume();
      try {
        await server.createDatabase(database);
        const before = await countSettled(server, database, 0);
        await generator.push(server.writeUrl(database));
        await server.crash();
        const figures = await startAgain(server);
        const startedAt = performance.now();
        const found = await countSettled(server, database, before.lines + lines);
        return {
          ...figures,
          allReadableMs: figures.writableMs + found.atMs - startedAt,
          acknowledgedLinesLost: before.lines + lines - found.lines,
        };
      } finally {
        await server.pause();
      }
    },
  };
}

/** Time until it says that it is ready, and until the first line is acknowledged. */
async function startAgain(server: WriteServer) {
  const startedAt = performance.now();
  await server.restart();
  const readyMs = performance.now() - startedAt;
  await waitUntil(() => isWritten(server), {
    what: 'a line to be acknowledged',
    deadlineMs: DEADLINE_MS,
  });
  return { readyMs, writableMs: performance.now() - startedAt };
}

async function isWritten(server: WriteServer): Promise<boolean> {
  const line = `again value=1 ${BigInt(Date.now()) * 1_000_000n}\n`;
  const request = { method: 'POST', body: line };
  const response = await fetch(server.writeUrl(DATABASE), request).catch(() => undefined);
  await response?.arrayBuffer();
  // InfluxDB refuses lines of a database that nobody has created.
  if (response?.status === 404) await server.createDatabase(DATABASE);
  return response?.status === 204;
}

/** Counts until so many lines are found, or their number stays. @returns the count, and when it was first seen */
async function countSettled(server: WriteServer, database: string, expected: number) {
  let found = { lines: -1, atMs: performance.now() };
  const isFinal = async () => {
    const lines = await server.countLines(database, MEASUREMENT);
    if (lines !== found.lines) found = { lines, atMs: performance.now() };
    return lines >= expected || performance.now() - found.atMs > FINAL_AFTER_MS;
  };
  await waitUntil(isFinal, { what: 'lines to be found', deadlineMs: DEADLINE_MS });
  return found;
}
