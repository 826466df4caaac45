import { type Body, makeBodies } from './lines.ts';
import { type CpuOnlyOptions, CpuOnlyWalk } from './tsbs.ts';

/**
 * The load generator: a process of its own, so that its CPU time is told apart from that of what it
 * loads. Bodies are made before they are needed; while measuring it only sends. `LoadGenerator`
 * (load.ts) starts it and gives the orders.
 */

/** What the generator is told. */
export type Order =
  | { order: 'walk'; options: Omit<CpuOnlyOptions, 'startNs'> & { startNs: string } }
  | { order: 'prepare'; lines: number; bodyBytesMax: number; senders: number }
  | { order: 'push'; url: string };

/** What it answers, one answer an order. */
export type Answer =
  | { answer: 'ready' }
  | { answer: 'prepared'; bodies: number; bytes: number }
  | { answer: 'pushed'; retries: number }
  | { answer: 'failed'; reason: string };

/** How long a body that was answered by 503 waits when the answer doesn't say. */
const RETRY_AFTER_DEFAULT_MS = 50;

let walk: CpuOnlyWalk | undefined;
let queues: Body[][] = [];

process.on('message', (order: Order) => {
  follow(order).then(answer, (error: unknown) =>
    answer({ answer: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
});
// Whoever gave the orders is gone.
process.on('disconnect', () => process.exit(0));
answer({ answer: 'ready' });

function answer(message: Answer): void {
  process.send?.(message);
}

async function follow(order: Order): Promise<Answer> {
  switch (order.order) {
    case 'walk':
      walk = new CpuOnlyWalk({ ...order.options, startNs: BigInt(order.options.startNs) });
      return { answer: 'ready' };
    case 'prepare':
      if (walk === undefined) throw new Error('the order "walk" comes before "prepare"');
      queues = makeBodies(walk, order.lines, order.bodyBytesMax, order.senders);
      return {
        answer: 'prepared',
        bodies: queues.flat().length,
        bytes: queues.flat().reduce((bytes, body) => bytes + body.bytes.length, 0),
      };
    case 'push': {
      const retries = await Promise.all(queues.map((queue) => send(queue, order.url)));
      return { answer: 'pushed', retries: retries.reduce((sum, count) => sum + count, 0) };
    }
  }
}

/**
 * Sends the bodies of one sender one after the other over a connection that is kept alive.
 * @returns how often a body was sent again because the server was busy.
 * @throws when the server answers anything but 204 and 503.
 */
async function send(queue: Body[], url: string): Promise<number> {
  let retries = 0;
  for (const body of queue) {
    for (;;) {
      const response = await fetch(url, { method: 'POST', body: body.bytes });
      if (response.status === 204) break;
      if (response.status !== 503) throw new Error(await describe(response));
      const retryAfter = response.headers.get('retry-after');
      await response.body?.cancel();
      retries++;
      await Bun.sleep(retryAfter === null ? RETRY_AFTER_DEFAULT_MS : Number(retryAfter) * 1000);
    }
  }
  return retries;
}

async function describe(response: Response): Promise<string> {
  return `${response.url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`;
}
