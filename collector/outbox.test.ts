import { afterEach, describe, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { Outbox } from './outbox.ts';

const deadlineMs = 10_000;

/** A stand-in for ingress that answers as it is told and keeps what it took. */
class FakeIngress {
  status = 204;
  /** Answered 401 to every other one. */
  token: string | undefined;
  attemptCount = 0;
  readonly taken: string[] = [];
  readonly #server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request) => {
      this.attemptCount++;
      const body = await request.text();
      const { authorization } = request.headers.toJSON();
      if (this.token !== undefined && authorization !== `Token ${this.token}`) {
        return Response.json({ error: 'the token is not known' }, { status: 401 });
      }
      if (this.status === 204) this.taken.push(body);
      const headers = { 'retry-after': '0' };
      return new Response(this.status === 204 ? null : 'why', { status: this.status, headers });
    },
  });
  readonly writeUrl = `http://127.0.0.1:${this.#server.port}/write?db=host`;

  stop(): Promise<void> {
    return this.#server.stop(true);
  }
}

describe('outbox', () => {
  let ingress: FakeIngress;
  let outbox: Outbox;
  let messages: string[];

  function open(readingsMax: number, token?: string): void {
    ingress = new FakeIngress();
    messages = [];
    const onChange = (message: string) => messages.push(message);
    outbox = new Outbox({
      writeUrl: ingress.writeUrl,
      token,
      onChange,
      readingsMax,
      retryFirstMs: 10,
    });
  }
  afterEach(async () => {
    await outbox.stop();
    await ingress.stop();
  });

  const emptied = () =>
    waitUntil(() => outbox.waitingCount === 0, { what: 'the outbox to be empty', deadlineMs });
  const attempted = (count: number) =>
    waitUntil(() => ingress.attemptCount >= count, { what: `${count} requests`, deadlineMs });

  test('401 - keeps every reading until its token is known', async () => {
    open(100, 'mine');
    ingress.token = 'another';
    outbox.add('a\n');
    await attempted(3);
    expect(outbox.waitingCount).toBe(1);
    ingress.token = 'mine';
    await emptied();
    expect(ingress.taken).toEqual(['a\n']);
    expect(messages.join()).not.toContain('mine');
  });

  test('503 - keeps every reading, in order, and says so once', async () => {
    open(100);
    ingress.status = 503;
    for (const name of ['a', 'b', 'c']) outbox.add(`${name}\n`);
    await attempted(5);
    expect(outbox.waitingCount).toBe(3);
    ingress.status = 204;
    await emptied();
    expect(ingress.taken.join('')).toBe('a\nb\nc\n');
    expect(messages).toEqual([
      'ingress is away (503 why); keeping readings until it is back',
      'ingress is back, all readings sent, nothing lost',
    ]);
  });

  test('full - drops the oldest readings and counts them', async () => {
    open(2);
    ingress.status = 503;
    outbox.add('a\n');
    await attempted(2);
    for (const name of ['b', 'c', 'd']) outbox.add(`${name}\n`);
    expect(outbox.waitingCount).toBe(2);
    ingress.status = 204;
    await emptied();
    expect(ingress.taken.join('')).toBe('c\nd\n');
    expect(messages.at(-1)).toBe('ingress is back, all readings sent, 2 readings lost');
    expect(outbox.lostCount).toBe(2);
  });

  test('400 - is reported with the answer and not repeated', async () => {
    open(100);
    ingress.status = 400;
    outbox.add('bad\n');
    await emptied();
    expect(messages).toEqual(['ingress refused: 400 why']);
    expect(ingress.attemptCount).toBe(1);
    expect(outbox.refusedCount).toBe(1);
  });

  test('nobody listening - keeps the readings', async () => {
    open(100);
    await ingress.stop();
    outbox.add('a\n');
    await waitUntil(() => messages.length > 0, { what: 'the report', deadlineMs });
    expect(messages[0]).toStartWith('ingress is away (');
    expect(outbox.waitingCount).toBe(1);
  });
});
