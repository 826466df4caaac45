import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { BodyMaker } from './lines.ts';
import { LoadGenerator } from './load.ts';
import { openLoad } from './loads.ts';
import type { CpuOnlyOptions } from './tsbs.ts';

const LOAD: CpuOnlyOptions = { hosts: 10, seed: 7, startNs: 10n ** 18n, values: 'integers' };
const BODY_BYTES_MAX = 8192;
const SENDERS = 2;

let generator: LoadGenerator;
let server: Bun.Server<undefined>;
let received: string[];
let answer: () => Response;

beforeEach(async () => {
  received = [];
  answer = () => new Response(null, { status: 204 });
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const response = answer();
      const body = await request.text();
      if (response.status === 204) received.push(body);
      return response;
    },
  });
  generator = await LoadGenerator.start(LOAD);
});

afterEach(async () => {
  await generator.stop();
  await server.stop(true);
});

/** The bodies that one walk gives for these counts of lines. */
function expectedBodies(...lines: number[]): string[] {
  const maker = new BodyMaker(openLoad(LOAD), BODY_BYTES_MAX, SENDERS);
  const bodies = lines.flatMap((count) => maker.make(count).flat());
  return bodies.map((body) => new TextDecoder().decode(body.bytes));
}

describe('load generator', () => {
  test('push - every line once, and the next push goes on where it ended', async () => {
    const prepared = await generator.prepare(200, BODY_BYTES_MAX, SENDERS);
    await generator.push(server.url.href);
    expect(prepared.bodies).toBe(received.length);
    await generator.prepare(100, BODY_BYTES_MAX, SENDERS);
    await generator.push(server.url.href);
    expect(received.toSorted()).toEqual(expectedBodies(200, 100).toSorted());
  });

  test('push - a busy server gets the body again', async () => {
    let busy = 3;
    answer = () =>
      busy-- > 0
        ? new Response('{}', { status: 503, headers: { 'retry-after': '0' } })
        : new Response(null, { status: 204 });
    await generator.prepare(100, BODY_BYTES_MAX, SENDERS);
    expect(await generator.push(server.url.href)).toMatchObject({ retries: 3 });
    expect(received.toSorted()).toEqual(expectedBodies(100).toSorted());
  });

  test('push - another answer is an error that quotes it', async () => {
    answer = () => Response.json({ error: 'no such thing' }, { status: 400 });
    await generator.prepare(10, BODY_BYTES_MAX, SENDERS);
    await expect(generator.push(server.url.href)).rejects.toThrow('400: {"error":"no such thing"}');
  });

  test('pace - every line once and in order, at the rate, whatever the answers take', async () => {
    await generator.pace({
      url: server.url.href,
      linesPerSecond: 2000,
      bodyBytesMax: BODY_BYTES_MAX,
      senders: SENDERS,
    });
    await waitUntil(() => received.length >= 20, { what: 'bodies', deadlineMs: 20_000 });
    const { lines, retries } = await generator.halt();
    const expected = expectedBodies(lines);
    expect(retries).toBe(0);
    expect(received.join('').split('\n').toSorted()).toEqual(
      expected.join('').split('\n').toSorted(),
    );
    const ofOneHost = received
      .join('')
      .split('\n')
      .filter((line) => line.includes('host_3,'));
    expect(ofOneHost).toEqual(
      expected
        .join('')
        .split('\n')
        .filter((line) => line.includes('host_3,')),
    );
  });

  test('pace - an answer that is an error ends it', async () => {
    answer = () => Response.json({ error: 'no such thing' }, { status: 400 });
    await generator.pace({
      url: server.url.href,
      linesPerSecond: 2000,
      bodyBytesMax: BODY_BYTES_MAX,
      senders: SENDERS,
    });
    await expect(generator.halt()).rejects.toThrow('400: {"error":"no such thing"}');
  });

  test('process - its death is an error of what it was asked', async () => {
    answer = () => {
      process.kill(generator.processId, 'SIGKILL');
      return new Response(null, { status: 204 });
    };
    await generator.prepare(10, BODY_BYTES_MAX, SENDERS);
    await expect(generator.push(server.url.href)).rejects.toThrow('the load generator ended');
  });
});
