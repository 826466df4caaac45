import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processesWithOpenFile } from './folder-lock.ts';
import { type Instance, readInstance } from './instance-file.ts';
import { eachLine } from './lines.ts';
import { projectFolder } from './project.ts';
import { freePort, temporaryFolder, waitUntil } from './testing/mod.ts';

const deadlineMs = 60_000;
setDefaultTimeout(2 * deadlineMs);

/** `npm start` without npm: the runner itself, with everything on free ports. */
class Runner {
  readonly lines: string[] = [];
  readonly process;

  constructor(
    readonly folder: string,
    environment: Record<string, string> = {},
  ) {
    this.process = Bun.spawn([process.execPath, join(projectFolder, 'local', 'main.ts')], {
      env: {
        ...process.env,
        DATA_DIR: folder,
        INGRESS_PORT: '0',
        STORE_PORT: '0',
        PROCESSOR_PORT: '0',
        FRONTEND_PORT: '0',
        COLLECTOR_DATABASE: 'host',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    void eachLine(this.process.stdout, (line) => this.lines.push(line));
    void eachLine(this.process.stderr, (line) => this.lines.push(line));
  }

  async printed(pattern: RegExp): Promise<void> {
    await waitUntil(() => this.lines.some((line) => pattern.test(line)), {
      what: `the runner to print ${pattern}; it printed:\n${this.lines.join('\n')}`,
      deadlineMs,
    });
  }

  async instance(): Promise<Instance> {
    await this.printed(/^Overseer is ready/);
    const instance = readInstance(this.folder);
    if (!instance) throw new Error('The running instance left no run.json.');
    return instance;
  }

  /** Those started by it, and those that they started. */
  childProcesses(): Promise<number[]> {
    return processesWithOpenFile(join(this.folder, 'lock'));
  }
}

/** The rows that `overseer sql` gives; none while the table is not there yet. */
async function query(folder: string, statement: string): Promise<Record<string, unknown>[]> {
  const command = [process.execPath, join(projectFolder, 'local', 'cli.ts'), 'sql', '--json'];
  const child = Bun.spawn([...command, statement], {
    env: { ...process.env, DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const output = await child.stdout.text();
  return (await child.exited) === 0 ? (JSON.parse(output) as Record<string, unknown>[]) : [];
}

const write = (instance: Instance, line: string) =>
  fetch(`${instance.ingressUrl}/write?db=demo`, { method: 'POST', body: line });

describe('npm start', () => {
  const folder = temporaryFolder();
  let runner: Runner;
  beforeAll(() => {
    runner = new Runner(folder);
  });
  afterAll(async () => {
    runner.process.kill('SIGKILL');
    await runner.process.exited;
    await waitUntil(async () => (await runner.childProcesses()).length === 0, {
      what: 'every process to end',
      deadlineMs,
    });
    rmSync(folder, { recursive: true });
  });

  test('a written point - is read back exactly, without any set-up', async () => {
    const instance = await runner.instance();
    const response = await write(
      instance,
      'room,name=a big=9223372036854775807i,t=0.1 1700000000123456789',
    );
    expect(response.status).toBe(204);
    const rows = await waitUntil(
      async () => {
        const found = await query(folder, 'select time, tags, big, t, ns from demo.room');
        return found.length > 0 && found;
      },
      { what: 'the point to be a row', deadlineMs },
    );
    expect(rows).toEqual([
      {
        time: '2023-11-14 22:13:20.123456+00',
        tags: { name: 'a' },
        big: '9223372036854775807',
        t: 0.1,
        ns: 789,
      },
    ]);
  });

  test('metrics of this machine - are there by themselves', async () => {
    await runner.instance();
    await waitUntil(
      async () => (await query(folder, 'select usage_user from host.cpu')).length > 0,
      {
        what: 'rows of host.cpu',
        deadlineMs,
      },
    );
  });

  test('its connection data - is readable by the owner alone', async () => {
    await runner.instance();
    expect(statSync(join(folder, 'run.json')).mode & 0o777).toBe(0o600);
  });

  test('a second one on the same folder - is refused', async () => {
    await runner.instance();
    const second = new Runner(folder);
    expect(await second.process.exited).toBe(1);
    await second.printed(
      new RegExp(`already runs on ${folder} \\(process ${runner.process.pid}\\)`),
    );
  });

  test('a killed service - is started again', async () => {
    const instance = await runner.instance();
    const processIds = await runner.childProcesses();
    const commands = await Promise.all(
      processIds.map((id) => Bun.file(`/proc/${id}/cmdline`).text()),
    );
    const ingress = processIds[commands.findIndex((text) => text.includes('ingress/main.ts'))];
    expect(ingress).toBeNumber();
    process.kill(ingress as number, 'SIGKILL');
    await runner.printed(/^ingress +\| ended unexpectedly \(signal SIGKILL\)/);
    await runner.printed(/^ingress +\| is ready again/);
    expect((await write(instance, 'room,name=b t=2 1700000001000000000')).status).toBe(204);
  });

  test('killed itself - leaves no process, and the next one has the data', async () => {
    await runner.instance();
    await waitUntil(async () => (await query(folder, 'select * from demo.room')).length === 2, {
      what: 'both points to be rows',
      deadlineMs,
    });
    runner.process.kill('SIGKILL');
    await runner.process.exited;
    await waitUntil(async () => (await runner.childProcesses()).length === 0, {
      what: 'every process to end',
      deadlineMs,
    });
    runner = new Runner(folder);
    await runner.instance();
    expect(await query(folder, 'select * from demo.room')).toHaveLength(2);
  });

  test('SIGTERM - stops everything and takes its connection data back', async () => {
    await runner.instance();
    runner.process.kill('SIGTERM');
    expect(await runner.process.exited).toBe(0);
    await runner.printed(/stopped$/);
    expect(await runner.childProcesses()).toEqual([]);
    expect(existsSync(join(folder, 'run.json'))).toBe(false);
  });
});

describe('npm start with a mistake', () => {
  test('a taken port - is told before anything starts', async () => {
    const folder = temporaryFolder();
    const port = freePort();
    const listener = Bun.listen({ hostname: '127.0.0.1', port, socket: { data() {} } });
    try {
      const runner = new Runner(folder, { INGRESS_PORT: String(port) });
      expect(await runner.process.exited).toBe(1);
      await runner.printed(new RegExp(`Port ${port} of 127.0.0.1 is taken .*INGRESS_PORT=`));
      expect(existsSync(join(folder, 'postgres'))).toBe(false);
    } finally {
      listener.stop(true);
      rmSync(folder, { recursive: true });
    }
  });

  test('invalid settings - are told without a stack', async () => {
    const runner = new Runner('unused', { INGRESS_PORT: 'x', COLLECTOR: 'y' });
    expect(await runner.process.exited).toBe(1);
    await runner.printed(/^COLLECTOR is "y"/);
    expect(runner.lines).toHaveLength(2);
  });
});
