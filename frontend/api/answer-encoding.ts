import { encode } from '@msgpack/msgpack';

/** What an answer can be written in. */
export type AnswerEncoding = 'json' | 'msgpack';

export const CONTENT_TYPES: Readonly<Record<AnswerEncoding, string>> = {
  json: 'application/json',
  msgpack: 'application/vnd.msgpack',
};

/** MessagePack for whoever names it in `accept`, and does not rule it out there (`;q=0`). */
export function encodingFor(request: Request): AnswerEncoding {
  const accepted = (request.headers.get('accept') ?? '').split(',');
  const isWanted = accepted.some((range) =>
    /^\s*application\/vnd\.msgpack\s*(;(?!.*\bq=0(\.0*)?\s*$).*)?$/i.test(range),
  );
  return isWanted ? 'msgpack' : 'json';
}

/** An answer of little JSON, such as an error, in another encoding. */
export async function inEncoding(answer: Response, encoding: AnswerEncoding): Promise<Response> {
  if (encoding === 'json') return answer;
  const headers = new Headers(answer.headers);
  headers.set('content-type', CONTENT_TYPES[encoding]);
  return new Response(encode(await answer.json()), { status: answer.status, headers });
}
