import { type Body, BodyMaker } from './lines.ts';
import { type PacedCounts, PacedLoad } from './paced-load.ts';
import { sendBody } from './sending.ts';
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
  | { order: 'push'; url: string }
  | { order: 'pace'; url: string; linesPerSecond: number; bodyBytesMax: number; senders: number }
  | { order: 'halt' };

/** What it answers, one answer an order. */
export type Answer =
  | { answer: 'ready' }
  | { answer: 'prepared'; bodies: number; bytes: number }
  | { answer: 'pushed'; retries: number }
  | { answer: 'pacing' }
  | { answer: 'halted'; counts: PacedCounts }
  | { answer: 'failed'; reason: string };

let walk: CpuOnlyWalk | undefined;
let queues: Body[][] = [];
let paced: PacedLoad | undefined;

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
      queues = new BodyMaker(walk, order.bodyBytesMax, order.senders).make(order.lines);
      return {
        answer: 'prepared',
        bodies: queues.flat().length,
        bytes: queues.flat().reduce((bytes, body) => bytes + body.bytes.length, 0),
      };
    case 'push': {
      const retries = await Promise.all(queues.map((queue) => send(queue, order.url)));
      return { answer: 'pushed', retries: retries.reduce((sum, count) => sum + count, 0) };
    }
    case 'pace':
      if (walk === undefined) throw new Error('the order "walk" comes before "pace"');
      paced = new PacedLoad(walk, order);
      return { answer: 'pacing' };
    case 'halt':
      if (paced === undefined) throw new Error('the order "pace" comes before "halt"');
      return { answer: 'halted', counts: await paced.halt() };
  }
}

/**
 * Sends the bodies of one sender one after the other over a connection that is kept alive.
 * @returns how often a body was sent again because the server was busy.
 */
async function send(queue: Body[], url: string): Promise<number> {
  let retries = 0;
  for (const body of queue) retries += await sendBody(url, body);
  return retries;
}
