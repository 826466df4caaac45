import { type AgentCounts, AgentFleet } from './agent-fleet.ts';
import { Connection } from './connection.ts';
import { percentile } from './latencies.ts';
import { type Body, BodyMaker, type LineSource } from './lines.ts';
import { type LoadOptions, openLoad } from './loads.ts';
import { type PacedCounts, PacedLoad } from './paced-load.ts';
import { sendBody } from './sending.ts';

/**
 * The load generator: a process of its own, so that its CPU time is told apart from that of what it
 * loads. Bodies are made before they are needed; while measuring it only sends. `LoadGenerator`
 * (load.ts) starts it and gives the orders.
 */

/** What the generator is told. */
export type Order =
  | { order: 'open'; options: LoadOptions }
  | { order: 'prepare'; lines: number; bodyBytesMax: number; senders: number }
  | { order: 'push'; url: string }
  | { order: 'request'; url: string }
  | { order: 'prepare-agents'; agents: number; linesPerRequest: number; requests: number }
  | { order: 'be-agents'; url: string }
  | { order: 'pace'; url: string; linesPerSecond: number; bodyBytesMax: number; senders: number }
  | { order: 'halt' };

/** What it answers, one answer an order. */
export type Answer =
  | { answer: 'ready' }
  | { answer: 'prepared'; bodies: number; bytes: number }
  | { answer: 'pushed'; counts: PushCounts }
  | { answer: 'requested'; counts: RequestsCounts }
  | { answer: 'agents-done'; counts: AgentCounts }
  | { answer: 'pacing' }
  | { answer: 'halted'; counts: PacedCounts }
  | { answer: 'failed'; reason: string };

/** What became of bodies that were pushed. */
export interface PushCounts {
  /** From the first byte sent until the last body was acknowledged. */
  seconds: number;
  /** How often a body was sent again because the server was busy. */
  retries: number;
}

/** What became of bodies that were sent one a request, and how long each took. */
export interface RequestsCounts extends PushCounts {
  medianMs: number;
  p99Ms: number;
}

let source: LineSource | undefined;
let queues: Body[][] = [];
let fleet: AgentFleet | undefined;
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
    case 'open':
      source = openLoad(order.options);
      return { answer: 'ready' };
    case 'prepare':
      if (source === undefined) throw new Error('the order "open" comes before "prepare"');
      queues = new BodyMaker(source, order.bodyBytesMax, order.senders).make(order.lines);
      return {
        answer: 'prepared',
        bodies: queues.flat().length,
        bytes: queues.flat().reduce((bytes, body) => bytes + body.bytes.length, 0),
      };
    case 'push':
      return { answer: 'pushed', counts: await push(order.url) };
    case 'request':
      return { answer: 'requested', counts: await request(order.url) };
    case 'prepare-agents': {
      if (source === undefined) throw new Error('the order "open" comes before "prepare-agents"');
      const { agents, linesPerRequest, requests } = order;
      fleet = new AgentFleet(source, agents, linesPerRequest, requests);
      return { answer: 'ready' };
    }
    case 'be-agents':
      if (fleet === undefined) throw new Error('"prepare-agents" comes before "be-agents"');
      return { answer: 'agents-done', counts: await fleet.send(order.url) };
    case 'pace':
      if (source === undefined) throw new Error('the order "open" comes before "pace"');
      paced = new PacedLoad(source, order);
      return { answer: 'pacing' };
    case 'halt':
      if (paced === undefined) throw new Error('the order "pace" comes before "halt"');
      return { answer: 'halted', counts: await paced.halt() };
  }
}

async function push(url: string): Promise<PushCounts> {
  const startedAt = performance.now();
  const retries = await Promise.all(queues.map((queue) => send(queue, url)));
  return { seconds: (performance.now() - startedAt) / 1000, retries: sum(retries) };
}

/** Sends every queue over a connection of its own. */
async function request(url: string): Promise<RequestsCounts> {
  const connections = queues.map((queue) => new Connection(url, queue));
  const startedAt = performance.now();
  const counts = await Promise.all(connections.map((connection) => connection.send()));
  const seconds = (performance.now() - startedAt) / 1000;
  const latenciesMs = counts.flatMap((ofOne) => ofOne.latenciesMs);
  return {
    seconds,
    retries: sum(counts.map(({ retries }) => retries)),
    medianMs: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
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
