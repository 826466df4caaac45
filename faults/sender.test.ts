import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { Sender, UnexpectedAnswerError } from './sender.ts';
import { Series } from './workload.ts';

const never = new AbortController().signal;

let server: Bun.Server<undefined>;
/** Bodies that were accepted, whether or not the answer reached the sender. */
let accepted: string[];
let answer: (request: Request) => Response | undefined;
let stop: AbortController;
let sender: Sender;

beforeEach(() => {
  accepted = [];
  answer = () => undefined;
  stop = new AbortController();
  const series = ['a', 'b', 'c'].map((id) => new Series(1n, 0n, 'db "1"', 'cpu', id));
  sender = new Sender(series, () => 0);
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const refused = answer(request);
      if (refused) return refused;
      expect(new URL(request.url).searchParams.get('db')).toBe('db "1"');
      accepted.push(await request.text());
      if (accepted.length === 30) stop.abort();
      return new Response(null, { status: 204 });
    },
  });
});

afterEach(() => server.stop(true));

function run(): Promise<void> {
  return sender.run(server.url.origin, stop.signal, never);
}

/** The lines of every acknowledged point, sorted. */
function acknowledgedLines(): string[] {
  return sender.series
    .flatMap((series, index) =>
      Array.from({ length: sender.acknowledged[index] ?? 0 }, (_, number) => series.lines(number)),
    )
    .flat()
    .toSorted();
}

/** Lines hold newlines inside strings: a line ends where a time does. */
function linesOf(bodies: string[]): string[] {
  return (bodies.join('').match(/cpu,.*? -?\d+\n(?=cpu,|$)/gs) ?? []).toSorted();
}

describe('sender', () => {
  test('ledger - counts what was acknowledged, series that come later included', async () => {
    await run();
    expect(sender.counts).toMatchObject({ bodies: 30, unavailable: 0, unanswered: 0 });
    expect(Math.min(...sender.acknowledged)).toBeGreaterThan(20);
    expect(acknowledgedLines()).toEqual(linesOf(accepted));
  });

  test('503 - the same body is sent again', async () => {
    let busy = 5;
    const headers = { 'retry-after': '1' };
    answer = () => (busy-- > 0 ? new Response('{}', { status: 503, headers }) : undefined);
    await run();
    expect(sender.counts.unavailable).toBe(5);
    expect(acknowledgedLines()).toEqual(linesOf(accepted));
  });

  test('no server - is waited for', async () => {
    const port = server.port ?? 0;
    await server.stop(true);
    const running = sender.run(`http://127.0.0.1:${port}`, stop.signal, never);
    await waitUntil(() => sender.counts.unanswered > 0, {
      what: 'a request that nobody answers',
      deadlineMs: 10_000,
    });
    stop.abort();
    server = Bun.serve({
      hostname: '127.0.0.1',
      port,
      fetch: () => new Response(null, { status: 204 }),
    });
    await running;
    expect(sender.counts.bodies).toBe(1);
  });

  test('503 without Retry-After - fails the run', async () => {
    answer = () => new Response('{}', { status: 503 });
    await expect(run()).rejects.toThrow('without Retry-After');
  });

  test('another answer - fails the run', async () => {
    answer = () => Response.json({ error: 'no' }, { status: 400 });
    await expect(run()).rejects.toThrow(UnexpectedAnswerError);
  });
});
