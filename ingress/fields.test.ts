import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { pointsOf } from './testing/points.ts';
import { Rig } from './testing/rig.ts';
import { RunningIngress } from './testing/running-ingress.ts';

setDefaultTimeout(60_000);

const WAIT = { what: 'the schema watch', deadlineMs: 20_000 };

test('fields - the first type is reserved, and lines with another are refused', async () => {
  await using rig = await Rig.start();
  expect((await rig.ingress.write('m f=1i,s="x" 1')).status).toBe(204);
  expect(await rig.store.fields('test', 'm')).toEqual([
    { name: 'f', type: 'integer' },
    { name: 's', type: 'string' },
  ]);
  const response = await rig.ingress.write('m f=2i 2\nm f=3 3\nm f=4i,g=t 4');
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: expect.stringMatching(/^partial write: field type conflict: .*integer.* dropped=1$/),
    lines: [{ line: 2, code: 'type-conflict' }],
  });
  expect(await rig.store.fields('test', 'm')).toContainEqual({ name: 'g', type: 'boolean' });
});

test('fields - two ingresses that meet a field at once agree on one type', async () => {
  await using rig = await Rig.start();
  const other = await RunningIngress.startReady(rig.nats.url);
  try {
    const names = Array.from({ length: 30 }, (_, i) => `f${i}`);
    const answers = await Promise.all(
      names.map((name) =>
        Promise.all([
          rig.ingress.write(`# new\nm ${name}=1i 1`),
          other.write(`# new\nm ${name}=1.5 2`),
        ]),
      ),
    );
    const types = new Map((await rig.store.fields('test', 'm')).map((f) => [f.name, f.type]));
    expect([...types.keys()].sort()).toEqual([...names].sort());
    for (const [i, [integer, float]] of answers.entries()) {
      const name = names[i] as string;
      const isInteger = types.get(name) === 'integer';
      const [winner, loser] = isInteger ? [integer, float] : [float, integer];
      const conflict = isInteger ? 'is integer, not float' : 'is float, not integer';
      expect([winner.status, loser.status]).toEqual([204, 400]);
      expect(await loser.json()).toMatchObject({
        accepted: 0,
        dropped: 1,
        lines: [{ line: 2, message: `field "${name}" of measurement "m" ${conflict}` }],
      });
    }
    for (const { batch } of await rig.store.batches()) {
      for (const { fields } of batch.blocks) {
        for (const { name, type } of fields)
          expect([name, type]).toEqual([name, types.get(name) ?? 'float']);
      }
    }
  } finally {
    await other.stop();
  }
});

test('fields - what another ingress has reserved is known without asking', async () => {
  await using rig = await Rig.start();
  const other = await RunningIngress.startReady(rig.nats.url);
  try {
    await rig.ingress.write('m f=1i 1');
    const isRefused = async () => (await other.write('m f=1.5 2')).status === 400;
    await waitUntil(isRefused, WAIT);
  } finally {
    await other.stop();
  }
});

test('fields - measurements beyond the limit are refused by line, others are stored', async () => {
  await using rig = await Rig.start({ MEASUREMENTS_PER_DATABASE_MAX: '2' });
  const response = await rig.ingress.write('a f=1 1\nb f=1 1\nc f=1 1\na g=1 1');
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    accepted: 3,
    dropped: 1,
    lines: [{ line: 3, message: expect.stringContaining('2') }],
  });
  expect(await rig.store.fields('test', 'c')).toEqual([]);
  const other = await fetch(`${rig.ingress.url}/write?db=other`, { method: 'POST', body: 'c f=1' });
  expect(other.status).toBe(204);
});

test('fields - those beyond the limit of a measurement are refused by line', async () => {
  await using rig = await Rig.start();
  const lines = Array.from({ length: 1001 }, (_, i) => `m f${i}=1 1`);
  const response = await rig.ingress.write(lines.join('\n'));
  expect(await response.json()).toMatchObject({
    accepted: 1000,
    dropped: 1,
    lines: [{ line: 1001, message: expect.stringContaining('1000') }],
  });
});

test('fields - limits hold for many requests at once', async () => {
  await using rig = await Rig.start({
    MEASUREMENTS_PER_DATABASE_MAX: '10',
    FIELDS_PER_MEASUREMENT_MAX: '10',
  });
  const requests = Array.from({ length: 20 }, (_, i) => i);
  const lines = Array.from({ length: 4 }, (_, i) => i);
  const accepted = async (body: string): Promise<number> => {
    const response = await rig.ingress.write(body);
    return response.status === 204
      ? lines.length
      : ((await response.json()) as { accepted: number }).accepted;
  };
  const fields = await Promise.all(
    requests.map((i) => accepted(lines.map((j) => `m f${i}_${j}=1 1`).join('\n'))),
  );
  expect(fields.reduce((sum, count) => sum + count)).toBe(10);
  expect(await rig.store.fields('test', 'm')).toHaveLength(10);
  const measurements = await Promise.all(
    requests.map((i) => accepted(lines.map((j) => `m${i}_${j} f=1 1`).join('\n'))),
  );
  expect(measurements.reduce((sum, count) => sum + count)).toBe(9);
  expect(rig.ingress.ingress.databases.measurementsOf('test')).toHaveLength(10);
});

test('fields - a dropped measurement may come back with other types', async () => {
  await using rig = await Rig.start();
  await rig.ingress.write('m f=1i 1');
  expect((await rig.ingress.write('m f=1.5 2')).status).toBe(400);
  await rig.store.forget('test', 'm');
  const isAccepted = async () => (await rig.ingress.write('m f=1.5 3')).status === 204;
  await waitUntil(isAccepted, WAIT);
  expect(await rig.store.fields('test', 'm')).toEqual([{ name: 'f', type: 'float' }]);
});

test('fields - many new measurements in one body are reserved together', async () => {
  await using rig = await Rig.start();
  const lines = Array.from({ length: 200 }, (_, i) => `m${i} f=1,g=2i 1`);
  expect((await rig.ingress.write(lines.join('\n'))).status).toBe(204);
  expect(await rig.store.fields('test', 'm199')).toHaveLength(2);
  const batches = (await rig.store.batches()).map(({ batch }) => batch);
  expect(pointsOf(batches)).toHaveLength(200);
});
