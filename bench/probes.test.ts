import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { latencyFigures, percentile } from './latencies.ts';
import { Probes, type Sightings, type Watcher } from './probes.ts';
import { Random } from './random.ts';

let server: Bun.Server<undefined>;
let values: number[];
let answer: () => Response;

beforeEach(() => {
  values = [];
  answer = () => new Response(null, { status: 204 });
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const line = await request.text();
      values.push(Number(/^probe value=(\d+) \d+\n$/.exec(line)?.[1]));
      for (const sightings of watching) sightings.seen(values.at(-1) ?? 0, performance.now());
      return answer();
    },
  });
});
afterEach(() => server.stop(true));

const watching = new Set<Sightings>();

/** Sees every value when the server has it. */
const watcher: Watcher = {
  name: 'server',
  async watch(sightings) {
    watching.add(sightings);
    return async () => void watching.delete(sightings);
  },
};

describe('probes', () => {
  const makeProbes = () => new Probes(server.url.href, new Random(1));

  test('every probe - is written once in order, and timed for each watcher', async () => {
    const probes = makeProbes();
    await probes.writeOne();
    const latencies = await probes.measure(4, [watcher, { ...watcher, name: 'again' }]);
    expect([...latencies.keys()]).toEqual(['server', 'again']);
    expect(latencies.get('server')).toHaveLength(4);
    expect(Math.min(...(latencies.get('again') ?? []))).toBeGreaterThan(0);
    await probes.measure(1, [watcher]);
    expect(values).toEqual([1, 2, 3, 4, 5, 6]);
    expect(watching.size).toBe(0);
  });

  test('a watcher that is stalled - has the stall in every probe of that time', async () => {
    const seen: Sightings[] = [];
    const stalled: Watcher = {
      name: 'stalled',
      async watch(sightings) {
        seen.push(sightings);
        return async () => {};
      },
    };
    // Sees nothing until the last probe is written.
    answer = () => {
      if (values.length === 3) seen[0]?.seen(3, performance.now());
      return new Response(null, { status: 204 });
    };
    const latencies = (await makeProbes().measure(3, [stalled])).get('stalled') ?? [];
    expect(latencies.toSorted((a, b) => b - a)).toEqual(latencies);
    expect(latencies[0]).toBeGreaterThan(latencies[2] ?? 0);
  });

  test('a write or a watcher that fails - ends the measurement with its error', async () => {
    answer = () => Response.json({ error: 'no such thing' }, { status: 400 });
    const blind: Watcher = { name: 'blind', watch: async () => async () => {} };
    const outcome = await makeProbes()
      .measure(3, [blind])
      .then(() => 'measured', String);
    expect(outcome).toContain('400: {"error":"no such thing"}');
    const broken: Watcher = {
      name: 'broken',
      async watch(sightings) {
        sightings.failed(new Error('torn'));
        return async () => {};
      },
    };
    answer = () => new Response(null, { status: 204 });
    const torn = await makeProbes()
      .measure(1, [broken])
      .then(() => 'measured', String);
    expect(torn).toContain('torn');
  });
});

describe('latencies', () => {
  test('percentiles - are values that were measured', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentile(values, 0.5)).toBe(100);
    expect(percentile(values, 0.99)).toBe(198);
    expect(percentile([7], 0.99)).toBe(7);
    expect(latencyFigures('query', values)).toEqual({ queryMedianMs: 100, queryP99Ms: 198 });
  });
});
