import { expect, test } from 'bun:test';
import { acceptsGzip, streamedAnswer } from './streamed-answer.ts';

const LARGE = 'x'.repeat(40_000);

function answer(pieces: Iterable<string>, gzip = false) {
  const ends: string[] = [];
  const onEnd = () => ends.push('end');
  return { response: streamedAnswer(pieces, { contentType: 'text/plain', gzip, onEnd }), ends };
}

test('streamed answers - are what the pieces are, and end once', async () => {
  for (const pieces of [[], ['a', 'b'], [LARGE, LARGE, 'c', LARGE], Array(200).fill(LARGE)]) {
    const { response, ends } = answer(pieces);
    expect(await response.text()).toBe(pieces.join(''));
    expect(ends).toEqual(['end']);
    const zipped = answer(pieces, true);
    const bytes = await zipped.response.bytes();
    const isZipped = zipped.response.headers.get('content-encoding') === 'gzip';
    expect(isZipped).toBe(pieces.join('').length > 1024);
    const text = isZipped ? Bun.gunzipSync(new Uint8Array(bytes)) : bytes;
    expect(Buffer.from(text).toString()).toBe(pieces.join(''));
    expect(zipped.ends).toEqual(['end']);
  }
});

test('streamed answers - pieces are made as they are taken', async () => {
  let made = 0;
  function* pieces() {
    for (; made < 100; made++) yield LARGE;
  }
  const { response, ends } = answer(pieces());
  const reader = response.body?.getReader();
  await reader?.read();
  expect(made).toBeLessThan(6);
  await reader?.cancel();
  expect(made).toBeLessThan(6);
  expect(ends).toEqual(['end']);
});

test('streamed answers - one whose making fails breaks off, and ends', async () => {
  function* pieces() {
    yield LARGE;
    yield LARGE;
    yield LARGE;
    throw new Error('broken');
  }
  const { response, ends } = answer(pieces());
  const outcome = await response.text().then(
    () => 'whole',
    (error: Error) => error.message,
  );
  expect([outcome, ends]).toEqual(['broken', ['end']]);
});

test('gzip - is used for those who take it', () => {
  const accepts = (encodings?: string) =>
    acceptsGzip(
      new Request('http://any', {
        headers: encodings === undefined ? {} : { 'accept-encoding': encodings },
      }),
    );
  for (const encodings of ['gzip', 'deflate, GZIP', 'br;q=1, gzip;q=0.5', '*', '*;q=0.1']) {
    expect([encodings, accepts(encodings)]).toEqual([encodings, true]);
  }
  for (const encodings of [undefined, '', 'br', 'gzip;q=0', 'gzip;q=0.000', 'xgzip']) {
    expect([encodings, accepts(encodings)]).toEqual([encodings, false]);
  }
});
