import { expect, setDefaultTimeout, test } from 'bun:test';
import { Samples, waitUntil } from '@overseer/local/testing';
import { pointsOf } from '../testing/points.ts';
import { ProcessRig } from '../testing/process-rig.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;
const WORKERS = 3;

/** With an ingress of several processes. */
class WorkersRig extends ProcessRig {
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<WorkersRig> {
    const settings = { INGRESS_WORKERS: String(WORKERS), ...environment };
    return new WorkersRig(await ProcessRig.prepare(settings));
  }

  /** A write over a connection of its own, as it is closed afterwards. */
  async write(body: string): Promise<number> {
    const response = await fetch(`${this.ingress.url}/write?db=test`, {
      method: 'POST',
      body,
      headers: { connection: 'close' },
    });
    await response.body?.cancel();
    return response.status;
  }

  async metrics(): Promise<string> {
    const response = await fetch(`${this.ingress.url}/metrics`, {
      headers: { connection: 'close' },
    });
    expect(response.status).toBe(200);
    return response.text();
  }

  /** Process ids of the workers that run, by number. */
  async workers(): Promise<number[]> {
    const children = Bun.file(`/proc/${this.ingress.pid}/task/${this.ingress.pid}/children`);
    return (await children.text()).split(' ').filter(Boolean).map(Number);
  }

  /** Times of all points in the stream, sorted. */
  async times(): Promise<bigint[]> {
    const batches = (await this.store.batches()).map(({ batch }) => batch);
    return pointsOf(batches)
      .map(({ timeNs }) => timeNs)
      .sort((a, b) => Number(a - b));
  }
}

function value(metrics: string, name: string, labels: string): number {
  const line = metrics.split('\n').find((text) => text.startsWith(name) && text.includes(labels));
  return Number(line?.split(' ').at(-1));
}

test('workers - share the port, and are measured and ready as one', async () => {
  await using rig = await WorkersRig.start();
  expect((await rig.workers()).length).toBe(WORKERS);
  const linesOf = async () => {
    const metrics = await rig.metrics();
    return [1, 2, 3].map((worker) =>
      value(metrics, 'overseer_ingress_lines_total', `worker="${worker}"`),
    );
  };
  let written = 0;
  const allHaveWritten = async () => {
    for (let i = 0; i < 20; i++) expect(await rig.write(`m f=1 ${written++}`)).toBe(204);
    return (await linesOf()).every((lines) => lines > 0);
  };
  await waitUntil(allHaveWritten, { what: 'each worker to have written', deadlineMs: DEADLINE_MS });
  const lines = await linesOf();
  expect(lines.reduce((sum, count) => sum + count)).toBe(written);
  expect((await rig.times()).length).toBe(written);
  const metrics = await rig.metrics();
  const samples = new Samples(metrics);
  const ofWrites = { dialect: 'influxdb1', status: '204' };
  expect(samples.value('overseer_ingress_requests_total', ofWrites)).toBe(written);
  expect(samples.value('overseer_ingress_request_seconds_count')).toBe(written);
  expect(samples.value('overseer_ingress_request_seconds_bucket', { le: '+Inf' })).toBe(written);
  for (const worker of ['1', '2', '3']) {
    expect(samples.value('overseer_ingress_refused_requests_total', { worker })).toBe(0);
  }
  expect(metrics).toMatch(/^overseer_ingress_workers\{service="ingress"\} 3$/m);
  expect(metrics.match(/^# TYPE overseer_ingress_lines_total counter$/gm)?.length).toBe(1);
  await rig.nats.kill();
  const untilAnswered = async (path: string, status: number) => {
    const response = await fetch(`${rig.ingress.url}${path}`);
    await response.body?.cancel();
    return response.status === status;
  };
  for (const path of ['/ready', '/health']) {
    await waitUntil(() => untilAnswered(path, 503), {
      what: `${path} to say that NATS is away`,
      deadlineMs: DEADLINE_MS,
    });
  }
});

test('workers - one killed under load is started again, and nothing acknowledged is lost', async () => {
  await using rig = await WorkersRig.start();
  const acknowledged: bigint[] = [];
  let next = 0;
  let isOver = false;
  const senders = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const time = next++;
      // A connection that breaks, or a 503 of the worker that starts: the fate of the point is not known.
      const status = await rig.write(`m f=1i ${time}`).catch(() => 0);
      if (status === 204) acknowledged.push(BigInt(time));
    }
  });
  const untilWritten = (count: number) =>
    waitUntil(() => acknowledged.length >= count, {
      what: `${count} writes`,
      deadlineMs: DEADLINE_MS,
    });
  try {
    await untilWritten(100);
    const before = await rig.workers();
    process.kill(before[0] as number, 'SIGKILL');
    const isReplaced = async () => {
      const now = await rig.workers();
      return now.length === WORKERS && !now.includes(before[0] as number);
    };
    await waitUntil(isReplaced, { what: 'another worker', deadlineMs: DEADLINE_MS });
    await untilWritten(acknowledged.length + 200);
  } finally {
    isOver = true;
    await Promise.all(senders);
  }
  const stored = new Set(await rig.times());
  expect(acknowledged.filter((time) => !stored.has(time))).toEqual([]);
  const restarts = /^overseer_ingress_worker_restarts_total\{.*\} 1$/m;
  expect(await rig.metrics()).toMatch(restarts);
});

test('workers - SIGTERM finishes what is under way in each', async () => {
  await using rig = await WorkersRig.start({ COALESCE_MS: '1000' });
  const answers = Array.from({ length: 24 }, (_, i) => rig.write(`m f=1 ${i}`));
  const areUnderWay = async () => {
    const metrics = await rig.metrics();
    const writes = [1, 2, 3].map((worker) =>
      value(metrics, 'overseer_ingress_writes{', `worker="${worker}"`),
    );
    return writes.reduce((sum, count) => sum + count) === answers.length;
  };
  await waitUntil(areUnderWay, { what: 'the writes to be under way', deadlineMs: DEADLINE_MS });
  const workers = await rig.workers();
  const ended = rig.ingress.kill('SIGTERM');
  expect(await Promise.all(answers)).toEqual(answers.map(() => 204));
  await ended;
  expect((await rig.times()).length).toBe(answers.length);
  for (const worker of workers) expect(isRunning(worker)).toBe(false);
});

test('workers - they end when their parent is gone', async () => {
  await using rig = await WorkersRig.start();
  const workers = await rig.workers();
  await rig.ingress.kill('SIGKILL');
  await waitUntil(() => !workers.some(isRunning), {
    what: 'the workers to end',
    deadlineMs: DEADLINE_MS,
  });
});

test('workers - a write that follows an acknowledged one is behind it, whoever takes it', async () => {
  await using rig = await WorkersRig.start();
  for (let i = 0; i < 60; i++) expect(await rig.write(`m,host=a f=${i}i 7`)).toBe(204);
  const batches = (await rig.store.batches()).map(({ batch }) => batch);
  const values = pointsOf(batches).map(({ fields }) => Number(fields.f));
  expect(values).toEqual(Array.from({ length: 60 }, (_, i) => i));
});

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
