import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { ProcessMeter } from './processes.ts';

const MEBIBYTE = 1024 * 1024;

/** Uses up 0.2 s of CPU time in a child of its own, 0.2 s itself, and 100 MiB; when told to. */
const WORKER = `
  const burn = \`
    const used = () => { const { user, system } = process.cpuUsage(); return user + system; };
    const end = used() + 200_000;
    while (used() < end);\`;
  process.on('message', (order) => {
    if (order === 'work') {
      Bun.spawnSync([process.execPath, '-e', burn]);
      (0, eval)('{' + burn + '}');
      globalThis.kept = Buffer.alloc(100 * ${MEBIBYTE}, 1);
    }
    process.send(order);
  });
  process.send('started');
`;

let worker: Bun.Subprocess;
let answers: string[];
let answered: (() => void) | undefined;

async function answer(expected: string): Promise<void> {
  while (!answers.includes(expected)) await new Promise<void>((resolve) => (answered = resolve));
}

beforeEach(async () => {
  answers = [];
  worker = Bun.spawn([process.execPath, '-e', WORKER], {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc(message: string) {
      answers.push(message);
      answered?.();
    },
  });
  await answer('started');
});

afterEach(async () => {
  worker.kill('SIGKILL');
  await worker.exited;
});

describe('process meter', () => {
  test('CPU time - counts the process and children that ended meanwhile', async () => {
    const meter = new ProcessMeter({ worker: { processId: worker.pid, memory: 'process' } });
    meter.start();
    worker.send('work');
    await answer('work');
    expect(meter.stop().worker?.cpuSeconds).toBeGreaterThan(0.35);
  });

  test('CPU time - starts at nothing with every interval', async () => {
    const meter = new ProcessMeter({ worker: { processId: worker.pid, memory: 'process' } });
    worker.send('work');
    await answer('work');
    meter.start();
    expect(meter.stop().worker?.cpuSeconds).toBeLessThan(0.1);
  });

  test.each(['process', 'tree'] as const)('memory - of a %s sees what it took', async (memory) => {
    const meter = new ProcessMeter({ worker: { processId: worker.pid, memory } });
    meter.start();
    const before = meter.stop().worker?.memoryPeakBytes ?? 0;
    // Of a tree, pages that other processes of the same program have too count in part.
    expect(before).toBeGreaterThan(MEBIBYTE);
    meter.start();
    worker.send('work');
    await answer('work');
    const peak = meter.stop().worker?.memoryPeakBytes ?? 0;
    expect(peak - before).toBeGreaterThan(90 * MEBIBYTE);
  });

  test('process that ended - is an error, not a small figure', async () => {
    const meter = new ProcessMeter({ worker: { processId: worker.pid, memory: 'process' } });
    meter.start();
    worker.kill('SIGKILL');
    await worker.exited;
    expect(() => meter.stop()).toThrow('has ended');
  });
});
