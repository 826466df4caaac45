import { expect, test } from 'bun:test';
import { fetchData } from './fetch-data.ts';

const outcome = (path: string) =>
  fetchData(path).then(
    (data) => ({ data }),
    (error: unknown) => ({ message: (error as Error).message }),
  );

test('data - is what the answer has, or why there is none', async () => {
  await using server = Bun.serve({
    port: 0,
    routes: {
      '/answered': Response.json({ status: 'success', data: ['a'] }),
      '/refused': () => Response.json({ status: 'error', error: 'not now' }, { status: 503 }),
      '/broken': () => new Response('oh', { status: 502 }),
    },
    fetch: () => new Response(null, { status: 404 }),
  });
  expect(await outcome(`${server.url}answered`)).toEqual({ data: ['a'] });
  expect(await outcome(`${server.url}refused`)).toEqual({ message: 'not now' });
  expect(await outcome(`${server.url}broken`)).toEqual({ message: 'The server answered 502.' });
});

test('data - of a server that is away is told without a browser’s own words', async () => {
  const server = Bun.serve({ port: 0, fetch: () => new Response() });
  const address = `${server.url}answered`;
  await server.stop(true);
  // A browser throws a TypeError; Bun's own error has the same meaning and another class.
  const { fetch } = globalThis;
  globalThis.fetch = Object.assign(
    () => fetch(address).catch(() => Promise.reject(new TypeError('Failed to fetch'))),
    { preconnect: fetch.preconnect },
  );
  try {
    expect(await outcome(address)).toEqual({
      message: 'The server can’t be reached; what is shown may be old.',
    });
  } finally {
    globalThis.fetch = fetch;
  }
});
