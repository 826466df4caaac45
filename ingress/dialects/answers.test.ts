import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { pointsOf } from '../testing/points.ts';
import { Rig } from '../testing/rig.ts';

setDefaultTimeout(60_000);

const PATHS = {
  1: '/write?db=',
  2: '/api/v2/write?org=any&bucket=',
  3: '/api/v3/write_lp?db=',
} as const;
type Version = keyof typeof PATHS;
const VERSIONS: readonly Version[] = [1, 2, 3];

/** Of answers on which Telegraf gives up points that it should send again. */
const GIVING_UP = /partial write|unable to parse|points beyond retention|database not found/;

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
});

function write(version: Version, database: string, body: string, rest = ''): Promise<Response> {
  return rig.ingress.get(`${PATHS[version]}${database}${rest}`, { method: 'POST', body });
}

/** Points of a database in the stream, by time. */
async function pointsIn(database: string) {
  const batches = (await rig.store.batches()).map(({ batch }) => batch);
  return pointsOf(batches)
    .filter((point) => point.database === database)
    .sort((a, b) => Number(a.timeNs - b.timeNs));
}

test('answers - 204 without a body means written, in every dialect', async () => {
  for (const version of VERSIONS) {
    const response = await write(version, `ok${version}`, 'm f=1 7', '&precision=ms');
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(response.headers.get('x-influxdb-version')).toMatch(/^1\.8\./);
    expect(await pointsIn(`ok${version}`)).toMatchObject([{ timeNs: 7_000_000n }]);
  }
});

test('answers - lines that are refused are told in the shape of each dialect, with their true numbers', async () => {
  const body = 'm f=1 1\n\nm f=x 2\nm f=3 3\nm 4';
  const bodies = await Promise.all(
    VERSIONS.map(async (version) => {
      const response = await write(version, `bad${version}`, body, '&precision=ns');
      expect(response.status).toBe(400);
      return response.json();
    }),
  );
  const sentence = expect.stringMatching(
    /^partial write: unable to parse 'm f=x 2': .*\(line 3\) and 1 more dropped=2$/,
  );
  const lines = [{ line: 3, text: 'm f=x 2' }, { line: 5 }];
  expect(bodies).toMatchObject([
    { error: sentence, accepted: 2, dropped: 2, lines },
    { code: 'invalid', message: sentence, line: 3, accepted: 2, dropped: 2, lines },
    {
      error: 'partial write of line protocol occurred',
      data: [
        { line_number: 3, original_line: 'm f=x 2', error_message: expect.any(String) },
        { line_number: 5, original_line: 'm 4', error_message: expect.any(String) },
      ],
      accepted: 2,
      dropped: 2,
    },
  ]);
  for (const version of VERSIONS) expect(await pointsIn(`bad${version}`)).toHaveLength(2);
});

test('answers - a conflict of types names measurement, field, both types and the line', async () => {
  for (const version of VERSIONS) {
    const database = `types${version}`;
    await write(version, database, 'm f=1');
    const response = await write(version, database, 'm f=2\nm f=3i');
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(text).toContain('field \\"f\\" of measurement \\"m\\" is float, not integer');
    expect(text).toMatch(version === 3 ? /"line_number":2/ : /field type conflict: .*\(line 2\)/);
  }
});

test('answers - no line of a client makes Telegraf look for its database, and send the line for ever', async () => {
  const text = 'database not found';
  for (const body of [`m s="${text}`, `m s="${text}${'x'.repeat(70_000)}"`, `m f=${text}`]) {
    const response = await write(1, 'logs', body);
    const { error } = (await response.json()) as { error: string };
    expect([response.status, error]).toEqual([400, expect.stringContaining('database not')]);
    expect(error).not.toContain(text);
  }
});

test('answers - accept_partial=false writes all lines or none', async () => {
  const rest = '&accept_partial=false&precision=ns';
  const bad = await write(3, 'atomic', 'm f=1 1\nm f=x 2\nn g=1i 3\nn g=2 4\nm f=5 5', rest);
  expect([bad.status, await bad.json()]).toMatchObject([
    400,
    {
      error: 'parsing failed for write_lp endpoint',
      data: [{ line_number: 2 }, { line_number: 4 }],
      accepted: 0,
      dropped: 2,
    },
  ]);
  expect(await pointsIn('atomic')).toEqual([]);
  const good = await write(3, 'atomic', 'm f=1 1\nm f=5 5\nn g=1i 3', rest);
  expect(good.status).toBe(204);
  expect(await pointsIn('atomic')).toHaveLength(3);
});

test('answers - all lines or none, also of a body in many pieces with thousands of series', async () => {
  const line = (i: number) => `m,host=h${i},padding=${'x'.repeat(50)} f=${i} ${i}`;
  const lines = Array.from({ length: 30_000 }, (_, i) => line(i));
  const bad = await write(3, 'pieces', [...lines, 'oops'].join('\n'), '&accept_partial=false');
  expect(await bad.json()).toMatchObject({ data: [{ line_number: lines.length + 1 }] });
  expect(await pointsIn('pieces')).toEqual([]);
  const [good, beside] = await Promise.all([
    write(3, 'pieces', lines.join('\n'), '&accept_partial=false&precision=ns'),
    write(3, 'pieces', 'm f=1 -1', '&accept_partial=true&precision=ns'),
  ]);
  expect([good.status, beside.status]).toEqual([204, 204]);
  expect(await pointsIn('pieces')).toHaveLength(lines.length + 1);
});

test('answers - InfluxDB 3 tells the unit of a timestamp by its size', async () => {
  const seconds = 1_767_225_600;
  const body = ['', '000', '000000', '000000000'].map(
    (zeros, i) => `m f=${i} ${seconds + i}${zeros}`,
  );
  expect((await write(3, 'auto', body.join('\n'))).status).toBe(204);
  const times = (await pointsIn('auto')).map(({ timeNs }) => timeNs);
  expect(times).toEqual([0n, 1n, 2n, 3n].map((i) => (BigInt(seconds) + i) * 1_000_000_000n));
});

test('answers - requests that fail as a whole are told in the shape of each dialect', async () => {
  const [one, two, three] = await Promise.all(
    VERSIONS.map(async (version) => {
      const response = await write(version, 'd', 'm f=1', '&precision=fortnight');
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toContain('application/json');
      return response.json();
    }),
  );
  const message = expect.stringContaining('"fortnight"');
  expect(one).toEqual({ error: message });
  expect(two).toEqual({ code: 'invalid', message });
  expect(three).toEqual({ error: message });
  const wrongMethod = await rig.ingress.get('/api/v2/write');
  expect(wrongMethod.headers.get('allow')).toBe('POST');
  expect([wrongMethod.status, await wrongMethod.json()]).toEqual([
    405,
    { code: 'method not allowed', message: expect.stringContaining('/api/v2/write takes POST') },
  ]);
});

test('answers - not now is 503 with Retry-After, in words that make no agent drop its points', async () => {
  await using unprepared = await Rig.startUnprepared();
  for (const version of VERSIONS) {
    const response = await unprepared.ingress.get(`${PATHS[version]}d`, {
      method: 'POST',
      body: 'm f=1',
    });
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.parse(text)).toHaveProperty(version === 2 ? 'code' : 'error');
    expect(text).not.toMatch(GIVING_UP);
  }
});
