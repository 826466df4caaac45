import { expect, test } from 'bun:test';
import { PreviewAnswerError, PreviewApi } from './preview-api.ts';

test('preview that sends elsewhere - is not followed', async () => {
  const asked: string[] = [];
  using server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch({ url }) {
      asked.push(new URL(url).pathname);
      return Response.redirect('/elsewhere');
    },
  });
  const page = server.url.origin;
  const tokens = { write: 'w', read: 'r' };
  const api = new PreviewApi({ page, write: page }, tokens, new AbortController().signal);
  const error = await api.page().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PreviewAnswerError);
  expect((error as Error).message).toContain('answered 302');
  expect(asked).toEqual(['/']);
});
