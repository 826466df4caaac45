import { afterAll, beforeAll, expect, test } from 'bun:test';
import { decode } from '@msgpack/msgpack';
import { type NatsServer, startNats, waitUntil } from '@overseer/local/testing';
import { AnswerError } from './answer-error.ts';
import { type AnswerHandler, serveAnswers } from './answers.ts';
import { ask } from './ask.ts';
import { type Bus, connectBus } from './bus.ts';
import { createLogger } from './log.ts';

const log = createLogger('test');
let server: NatsServer;
let asker: Bus;
let answerer: Bus;

beforeAll(async () => {
  server = await startNats();
  const connect = (name: string) => connectBus({ url: server.url, name, log });
  [asker, answerer] = await Promise.all([connect('asker'), connect('answerer')]);
});

afterAll(async () => {
  await asker?.close();
  await answerer?.close();
  await server?.stop();
});

async function serve(handler: AnswerHandler, more = {}): Promise<() => void> {
  const options = { queue: 'test', openMax: 8, log, ...more };
  const stop = serveAnswers(answerer, 'test.*', options, handler);
  await answerer.flush();
  return stop;
}

/** Parts and end of an answer, or the error; never rejects. */
async function collect(request: object, signal?: AbortSignal) {
  const parts: unknown[] = [];
  try {
    const answer = ask(asker, 'test.it', request, { signal });
    for (;;) {
      const { done, value } = await answer.next();
      if (done) return { parts, end: value, error: undefined };
      parts.push(value);
    }
  } catch (error) {
    return { parts, end: undefined, error: error as AnswerError };
  }
}

test('answers - parts come in order, then the end; the answerer is not far ahead of who takes', async () => {
  let sent = 0;
  const stop = await serve(async (request, answer) => {
    for (let i = 0; i < 100; i++) {
      await answer.send({ i });
      sent++;
    }
    return { echo: request.word };
  });
  const answer = ask(asker, 'test.it', { word: 'hello' });
  expect((await answer.next()).value).toEqual({ i: 0 });
  await waitUntil(() => Promise.resolve(sent >= 8), {
    what: 'the answerer to run ahead',
    deadlineMs: 30_000,
  });
  expect(sent).toBeLessThan(12);
  for (let i = 1; i < 100; i++) expect((await answer.next()).value).toEqual({ i });
  expect(await answer.next()).toEqual({ done: true, value: { echo: 'hello' } });
  stop();
});

test('answers - an error says its kind, words and position; a bug says nothing of itself', async () => {
  const position = { line: 1, column: 3, offset: 2 };
  const stop = await serve(async (request) => {
    if (request.bug) throw new Error('secret');
    throw new AnswerError('bad_data', 'no such thing', { position });
  });
  const told = (await collect({})).error;
  expect([told?.kind, told?.message, told?.position]).toEqual([
    'bad_data',
    'no such thing',
    position,
  ]);
  const bug = (await collect({ bug: true })).error;
  expect(bug?.kind).toBe('internal');
  expect(bug?.message).not.toContain('secret');
  stop();
});

test('answers - a part that is too large for a message is a bug that is told, not a part that was lost', async () => {
  const stop = await serve(async (_request, answer) => {
    await answer.send({ small: true });
    await answer.send({ large: new Uint8Array(answerer.payloadBytesMax) });
    return {};
  });
  const { parts, error } = await collect({});
  expect(parts).toEqual([{ small: true }]);
  expect(error?.kind).toBe('internal');
  stop();
});

test('answers - nobody there, too many at once, and a request that is none', async () => {
  expect((await collect({})).error?.kind).toBe('unavailable');
  const gate = Promise.withResolvers<void>();
  let refused = 0;
  const stop = await serve(
    async () => {
      await gate.promise;
      return {};
    },
    { openMax: 1, onRefused: () => refused++ },
  );
  const first = collect({});
  await waitUntil(async () => (await collect({})).error?.kind === 'limit', {
    what: 'a refusal',
    deadlineMs: 30_000,
  });
  expect(refused).toBe(1);
  gate.resolve();
  expect((await first).error).toBeUndefined();
  expect((await collect({ v: 9 })).error?.kind).toBe('bad_data');
  stop();
});

test('answers - a canceled question, or one that nobody reads on, aborts the answerer', async () => {
  let reason: unknown;
  const stop = await serve(async (_request, answer) => {
    const aborted = Promise.withResolvers<never>();
    answer.signal.addEventListener('abort', () => {
      reason = answer.signal.reason;
      aborted.reject(reason);
    });
    await answer.send({});
    return await aborted.promise;
  });
  const controller = new AbortController();
  const answer = ask(asker, 'test.it', {}, { signal: controller.signal });
  await answer.next();
  controller.abort();
  const failure = await answer.next().then(
    () => undefined,
    (error: AnswerError) => error.kind,
  );
  expect(failure).toBe('canceled');
  await waitUntil(async () => reason instanceof AnswerError, {
    what: 'the answerer to hear of it',
    deadlineMs: 30_000,
  });
  reason = undefined;
  const left = ask(asker, 'test.it', {});
  await left.next();
  await left.return(undefined);
  await waitUntil(async () => reason instanceof AnswerError, {
    what: 'the answerer to hear of it',
    deadlineMs: 30_000,
  });
  stop();
});

test('answers - an asker that is gone stops the answerer; nothing of it counts as taken', async () => {
  const aborted = Promise.withResolvers<unknown>();
  let sent = 0;
  const stop = await serve(async (_request, answer) => {
    answer.signal.addEventListener('abort', () => aborted.resolve(answer.signal.reason));
    for (;;) {
      await answer.send({});
      sent++;
    }
  });
  const gone = await connectBus({ url: server.url, name: 'gone', log });
  const answer = ask(gone, 'test.it', {});
  await answer.next();
  await gone.close();
  expect(await aborted.promise).toMatchObject({ kind: 'canceled' });
  expect(sent).toBeLessThan(20);
  stop();
});

test('answers - a question that is canceled before its answerer was heard is canceled all the same', async () => {
  const asked = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  const stop = await serve((_request, answer) => {
    asked.resolve();
    return new Promise((_, reject) => {
      answer.signal.addEventListener('abort', () => {
        aborted.resolve(answer.signal.reason);
        reject(answer.signal.reason);
      });
    });
  });
  const controller = new AbortController();
  const failure = collect({}, controller.signal);
  // The question is on its way, and nothing of the answer can be here yet.
  controller.abort();
  expect((await failure).error?.kind).toBe('canceled');
  await asked.promise;
  expect(await aborted.promise).toMatchObject({ kind: 'canceled' });
  stop();
});

test('answers - what is begun only when a part was taken is not begun for who has left', async () => {
  const outcome = Promise.withResolvers<unknown>();
  const stop = await serve(async (_request, answer) => {
    await answer.sendAndWait({}).then(() => outcome.resolve('begun'), outcome.resolve);
    return {};
  });
  const controller = new AbortController();
  const failure = collect({}, controller.signal);
  controller.abort();
  expect((await failure).error?.kind).toBe('canceled');
  expect(await outcome.promise).toMatchObject({ kind: 'canceled' });
  stop();
  const stopNext = await serve(async (_request, answer) => {
    await answer.sendAndWait({ part: 1 });
    return { end: 1 };
  });
  expect(await collect({})).toMatchObject({ parts: [{ part: 1 }], end: { end: 1 } });
  stopNext();
});

test('answers - what is no MessagePack map is the mistake of who asks', async () => {
  const stop = await serve(async () => ({}));
  for (const payload of [Uint8Array.of(0xc1), new Uint8Array(0), Uint8Array.of(0x93, 1)]) {
    const heard = Promise.withResolvers<unknown>();
    const inbox = asker.inbox();
    const unlisten = asker.listen(inbox, (message) => {
      const [, , kind, body] = decode(message.payload) as unknown[];
      if (kind === 'error') heard.resolve(body);
    });
    asker.send('test.it', payload, inbox);
    expect(await heard.promise).toMatchObject({ error: 'bad_data' });
    unlisten();
  }
  stop();
});

test('answers - a service that stops tells who waits to ask again', async () => {
  const stop = await serve(async (_request, answer) => {
    const { promise, reject } = Promise.withResolvers<never>();
    answer.signal.addEventListener('abort', () => reject(answer.signal.reason));
    await answer.send({});
    return await promise;
  });
  const answer = ask(asker, 'test.it', {});
  await answer.next();
  stop();
  const kind = await answer.next().then(
    () => undefined,
    (error: AnswerError) => error.kind,
  );
  expect(kind).toBe('unavailable');
});
