import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CommandServers } from '../testing/command-servers.ts';
import { waitUntil } from '../testing/mod.ts';

/** Stands before ingress: lets some requests through, then keeps them, or refuses them, until it is opened. */
class Gate {
  /** Requests that it kept or refused. */
  held = 0;
  /** Requests that went through. */
  passed = 0;
  readonly #server: Bun.Server<undefined>;
  readonly #opened = Promise.withResolvers<void>();
  #isOpen = false;

  constructor(ingressUrl: string, passes: number, status?: number) {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeout: 0,
      fetch: async (request) => {
        const body = await request.bytes();
        if (!this.#isOpen && this.passed >= passes) {
          this.held++;
          if (status !== undefined) return Response.json({ error: 'not now' }, { status });
          await this.#opened.promise;
          if (request.signal.aborted) return new Response();
        }
        this.passed++;
        const { pathname, search } = new URL(request.url);
        const answer = await fetch(`${ingressUrl}${pathname}${search}`, { method: 'POST', body });
        return new Response(answer.status === 204 ? null : await answer.bytes(), {
          status: answer.status,
        });
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  open(): void {
    this.#isOpen = true;
    this.#opened.resolve();
  }

  async stop(): Promise<void> {
    this.open();
    await this.#server.stop(true);
  }
}

let first: CommandServers;
let second: CommandServers;

beforeAll(async () => {
  [first, second] = await Promise.all([CommandServers.start(), CommandServers.start()]);
}, 120_000);

afterAll(async () => {
  await Promise.all([first?.[Symbol.asyncDispose](), second?.[Symbol.asyncDispose]()]);
});

const file = (name: string) => join(first.folder, name);

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(file(name), content);
  return file(name);
}

/** So many lines of 100 series. */
function manyLines(count: number): string {
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    lines.push(`cpu,host=h${i % 100} v=${i},n=${i}i ${1_767_355_200_000_000_000n + BigInt(i)}`);
  }
  return `${lines.join('\n')}\n`;
}

const ODD_LINES = [
  'odd\\,\\ name=x,a\\ b=c\\,d\\=e\\ f,back\\slash=x\\y,größe=日本\\ 🎉 f\\,\\=\\ \\ 1=0.1,s="a \\"b\\" \\\\ c\nd" 1',
  'plain f=-0,i=-9223372036854775808i,u=18446744073709551615u,b=true,s="" -1',
  'plain f=5e-324,i=9223372036854775807i,u=0u,b=false -9223372036854775808',
  'plain f=1.7976931348623157e308 1767355200000000003',
  'plain,"t"=" s="\\\\\r\n\\"" 1767355200000000001',
  'plain f=0.30000000000000004 1767355200000001000',
  'Robert\\,;DROP\\ TABLE time=1,tags="x",ns=3i 1767355200000000000',
  'select,time=t,ns=n f=1 1767355200123456789',
];

describe('overseer export and import', () => {
  test('every type and odd names - are the same points in an empty Overseer', async () => {
    const source = write('odd.lp', `${ODD_LINES.join('\n')}\n`);
    expect(await first.run(['import', '--db', 'odd', source])).toMatchObject({ exitCode: 0 });
    const views = [
      ['odd."odd, name=x"', 1],
      ['odd.plain', 5],
      ['odd."Robert,;DROP TABLE"', 1],
      ['odd."select"', 1],
    ] as const;
    for (const [view, count] of views) await first.stored(view, count);
    const exported = await first.run(['export', '--db', 'odd', '--output', file('odd.lp.gz')]);
    expect(exported.errors).toContain('8 points');
    expect(exported.exitCode).toBe(0);
    const again = await second.run(['import', '--db', 'odd', file('odd.lp.gz')]);
    expect(again.exitCode).toBe(0);
    for (const [view, count] of views) {
      await second.stored(view, count);
      expect(await second.rows(view)).toEqual(await first.rows(view));
    }
    const lines = gunzipSync(readFileSync(file('odd.lp.gz'))).toString();
    const back = await second.run(['export', '--db', 'odd']);
    expect(back.output.split('\n').sort()).toEqual(lines.split('\n').sort());
  });

  test('gzip from standard input - is imported', async () => {
    const { exitCode } = await first.run(['import', '--db', 'pipe', '-'], {
      input: gzipSync(Buffer.from(manyLines(1000))),
    });
    expect(exitCode).toBe(0);
    await first.stored('pipe.cpu', 1000);
  });

  test('lines that are refused - are told by their number, and the others are stored', async () => {
    const lines = manyLines(200_000).split('\n');
    lines[10] = 'cpu,host=h1 v="text" 1';
    lines[199_998] = 'nonsense';
    const { errors, exitCode } = await first.run([
      'import',
      '--db',
      'refused',
      write('refused.lp', lines.join('\n')),
    ]);
    expect(exitCode).toBe(1);
    expect(errors).toContain('refused.lp:199999: ');
    expect(errors).toContain('nonsense');
    expect(errors).toContain('refused.lp:11: ');
    expect(errors).toContain('2 lines were refused');
    await first.stored('refused.cpu', 199_998);
  });

  test('an import that is killed - goes on where it was, with the same points', async () => {
    const path = write('killed.lp', manyLines(600_000));
    const args = ['import', '--db', 'killed', path];
    // Lets a few requests through, then keeps the import waiting until it is killed.
    const gate = new Gate(first.ingress.url, 2);
    try {
      const environment = { INGRESS_URL: gate.url };
      const child = first.begin(args, { environment });
      const journals = file('imports');
      const isNoted = () =>
        gate.held > 0 &&
        readdirSync(journals)
          .filter((name) => name.endsWith('.json'))
          .some((name) => readFileSync(join(journals, name), 'utf8').includes('killed.lp'));
      await waitUntil(isNoted, { what: 'progress to be noted', deadlineMs: 60_000 });
      child.kill('SIGKILL');
      await child.exited;
      gate.open();
      const { errors, exitCode } = await first.run(args, { environment });
      expect(exitCode).toBe(0);
      expect(errors).toContain('going on at line ');
      expect(gate.passed).toBeLessThan(Math.ceil(readFileSync(path).length / (4 * 2 ** 20)) + 3);
      await first.stored('killed.cpu', 600_000);
      const again = await first.run(args, { environment });
      expect(again.errors).toContain('was imported before');
    } finally {
      await gate.stop();
    }
  }, 120_000);

  test('ingress that refuses while more is read - is told in a line', async () => {
    const gate = new Gate(first.ingress.url, 0, 401);
    try {
      const { exitCode, errors } = await first.run(
        ['import', '--db', 'refused', '--in-flight', '16', '-'],
        {
          environment: { INGRESS_URL: gate.url },
          input: gzipSync(Buffer.from(manyLines(600_000))),
        },
      );
      expect(errors.trim()).toMatch(/^Ingress refuses: 401 not now.*$/);
      expect(exitCode).toBe(1);
    } finally {
      await gate.stop();
    }
  });

  test('an ingress that is away - is waited for', async () => {
    const gate = new Gate(first.ingress.url, 0, 503);
    try {
      const running = first.run(['import', '--db', 'away', '-'], {
        environment: { INGRESS_URL: gate.url },
        input: Buffer.from('m f=1 1\n'),
      });
      await waitUntil(() => gate.held > 1, { what: 'two tries', deadlineMs: 60_000 });
      gate.open();
      const { exitCode, errors } = await running;
      expect(errors).toContain('Waiting for ingress: 503 not now');
      expect(exitCode).toBe(0);
    } finally {
      await gate.stop();
    }
  });

  test('export to a pipe that is closed - ends quietly', async () => {
    await first.run(['import', '--db', 'head', '-'], { input: Buffer.from(manyLines(100_000)) });
    await first.stored('head.cpu', 100_000);
    const child = first.begin(['export', '--db', 'head']);
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    expect(await child.exited).toBe(0);
    expect(await child.stderr.text()).toBe('');
  });

  test('a wrong call - exits 2 and says what is wrong', async () => {
    const wrong = async (...args: string[]) => {
      const { exitCode, errors } = await first.run(args);
      expect(exitCode).toBe(2);
      return errors;
    };
    expect(await wrong('import', 'x')).toContain('--db is missing');
    expect(await wrong('import', '--db', 'x')).toContain('Name the files');
    expect(await wrong('import', '--db', 'x', '--precision', 'weeks', '-')).toContain('weeks');
    expect(await wrong('export', '--db', 'x', '--format', 'csv')).toContain('--measurement');
    expect(await wrong('export', '--db', 'x', '--from', 'later')).toContain('is no time');
    expect(await wrong('export', '--db', 'x', '--where', 'host')).toContain('no condition');
    expect(await wrong('export', '--db', 'nobody')).toContain('no database "nobody"');
    expect(await wrong('delete', '--db', 'head', '--from', '-1h')).toContain('add --yes');
  });

  test('a server that is not there - is told without a stack', async () => {
    const nowhere = ['--nats', 'nats://user:secret@127.0.0.1:1'];
    for (const command of [['export', '--db', 'x'], ['status'], ['retention']]) {
      const { exitCode, errors, output } = await first.run([...command, ...nowhere]);
      expect(exitCode).toBe(1);
      expect(`${errors}${output}`).toContain('127.0.0.1:1');
      expect(`${errors}${output}`).not.toContain('secret');
      expect(errors).not.toContain('   at ');
    }
    const missing = await first.run(['import', '--db', 'x', file('missing')]);
    expect(missing).toMatchObject({ exitCode: 1 });
    expect(missing.errors).toContain('there is no such file');
  });
});
