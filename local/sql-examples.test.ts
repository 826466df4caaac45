import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import postgres from 'postgres';
import { projectFolder } from './project.ts';
import { CommandServers } from './testing/command-servers.ts';

/** Every statement of docs/sql.md, as somebody would run it: by a login of `overseer sql-user`, on points that came through ingress. */

setDefaultTimeout(120_000);

const HOSTS = ['a', 'b', 'c'];
const STEP_S = 20;
const STEPS = 180;

let servers: CommandServers;
let reader: postgres.Sql;

beforeAll(async () => {
  servers = await CommandServers.start();
  const nowS = Math.floor(Date.now() / 1000);
  await servers.write('demo', linesBefore(nowS));
  const door = `door,name=front state="open" ${nowS - 60}123456789\ndoor,name=front state="shut" ${nowS - 60}123456790`;
  await fetch(`${servers.ingress.url}/write?db=demo`, { method: 'POST', body: door });
  await servers.stored('demo.cpu', HOSTS.length * STEPS);
  await servers.stored('demo.network', HOSTS.length * STEPS);
  await servers.stored('demo.door', 2);
  const { output, errors } = await servers.run(['sql-user', 'create', '--name', 'ann']);
  const url = /^psql '(.*)'$/m.exec(output)?.[1];
  if (!url) throw new Error(errors);
  reader = postgres(url, { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  await reader?.end({ timeout: 1 });
  await servers?.[Symbol.asyncDispose]();
});

/** The hour before, of three hosts; the counter of one begins again in the middle. */
function linesBefore(nowS: number): string[] {
  return Array.from({ length: STEPS }, (_, step) =>
    HOSTS.flatMap((host, number) => {
      const timeS = nowS - (STEPS - step) * STEP_S;
      const received = (number === 0 ? step % (STEPS / 2) : step) * 1000;
      return [
        `cpu,host=${host},region=r${number % 2} usage=${(step % 10) + number * 10} ${timeS}`,
        `network,host=${host} bytes_received=${received}u ${timeS + 1}`,
      ];
    }),
  ).flat();
}

/** As Grafana does it. */
function withMacros(statement: string): string {
  const at = (agoMs: number) => `'${new Date(Date.now() - agoMs).toISOString()}'`;
  const [from, to] = [at(3_600_000), at(0)];
  return statement
    .replace(/\$__timeFilter\((\w+)\)/g, `$1 BETWEEN ${from} AND ${to}`)
    .replaceAll('$__interval', '30s')
    .replaceAll('$host', `'a','c'`);
}

const text = await Bun.file(join(projectFolder, 'docs', 'sql.md')).text();
const examples = [...text.matchAll(/^```sql\n([^`]*)^```$/gm)].map((match) => match[1] ?? '');

test('docs/sql.md - has examples', () => {
  expect(examples.length).toBeGreaterThan(15);
});

for (const example of examples) {
  const statements = example.split(/;\n/).filter((statement) => statement.trim() !== '');
  const [first = ''] = example.trim().split('\n');
  test(`docs/sql.md - ${first} … gives rows`, async () => {
    for (const statement of statements) {
      const rows = await reader.unsafe(withMacros(statement));
      if (/^(PREPARE|DEALLOCATE)/.test(statement)) continue;
      expect(rows.length).toBeGreaterThan(0);
    }
  });
}

const example = (part: string) => {
  const found = examples.filter((each) => each.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} examples have ${part}`);
  return withMacros(found[0] ?? '');
};

test('docs/sql.md - a rate is that of the counter, also where it begins again', async () => {
  const rows = await reader.unsafe(example('bytes_per_second'));
  const rates = new Set(rows.map((row) => Number(row.bytes_per_second)));
  expect(rates).toEqual(new Set([50, 0]));
  expect(rows.filter((row) => Number(row.bytes_per_second) === 0).length).toBe(1);
});

test('docs/sql.md - the last points, the busiest hosts, and nanoseconds are right', async () => {
  const last = await reader.unsafe(example('DISTINCT ON'));
  expect(last.map((row) => [row.tags.host, row.usage])).toEqual([
    ['a', 9],
    ['b', 19],
    ['c', 29],
  ]);
  const busiest = await reader.unsafe(example('percentile_cont'));
  expect(busiest.map(({ host }) => host)).toEqual(['c', 'b', 'a']);
  const doors = await reader.unsafe(example('time_ns'));
  expect(doors.map(({ time_ns, state }) => [String(time_ns).slice(-9), state])).toEqual([
    ['123456789', 'open'],
    ['123456790', 'shut'],
  ]);
});
