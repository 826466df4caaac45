/** An answer that is made while it is sent. */

const encoder = new TextEncoder();
/** Compressing less than a packet gains nothing. */
const COMPRESSED_BYTES_MIN = 1024;
/** Pieces taken at once, so that what is small has a length and is sent in one go. */
const WHOLE_CHARACTERS_MAX = 64 * 1024;

export interface StreamedAnswerOptions {
  readonly contentType: string;
  /** The client understands gzip. */
  readonly gzip: boolean;
  /** Called once, when the last piece was taken or the client has gone. */
  readonly onEnd: () => void;
}

/** A 200 of these pieces; the next piece is made when the client has taken those before. */
export function streamedAnswer(
  pieces: Iterable<string>,
  { contentType, gzip, onEnd }: StreamedAnswerOptions,
): Response {
  const iterator = pieces[Symbol.iterator]();
  let begin = '';
  while (begin.length < WHOLE_CHARACTERS_MAX) {
    const { done, value } = iterator.next();
    if (done) {
      onEnd();
      return wholeAnswer(begin, contentType, gzip);
    }
    begin += value;
  }
  const stream = streamOf(begin, iterator, onEnd);
  const headers = answerHeaders(contentType, gzip);
  if (!gzip) return new Response(stream, { headers });
  return new Response(stream.pipeThrough(new CompressionStream('gzip')), { headers });
}

function wholeAnswer(text: string, contentType: string, gzip: boolean): Response {
  const bytes = encoder.encode(text);
  if (!gzip || bytes.length < COMPRESSED_BYTES_MIN) {
    return new Response(bytes, { headers: answerHeaders(contentType, false) });
  }
  return new Response(Bun.gzipSync(bytes), { headers: answerHeaders(contentType, true) });
}

function streamOf(begin: string, rest: Iterator<string>, onEnd: () => void) {
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start: (controller) => controller.enqueue(encoder.encode(begin)),
      pull: (controller) => {
        const piece = nextOf(rest, onEnd);
        if (piece === undefined) controller.close();
        else controller.enqueue(encoder.encode(piece));
      },
      cancel: () => {
        rest.return?.();
        onEnd();
      },
    },
    { highWaterMark: 1 },
  );
}

/** The next piece; undefined at the end, which is told as much as a failure of making it is. */
function nextOf(pieces: Iterator<string>, onEnd: () => void): string | undefined {
  try {
    const { done, value } = pieces.next();
    if (!done) return value;
  } catch (error) {
    onEnd();
    throw error;
  }
  onEnd();
  return undefined;
}

function answerHeaders(contentType: string, gzip: boolean): Record<string, string> {
  return {
    'content-type': contentType,
    vary: 'accept-encoding',
    ...(gzip && { 'content-encoding': 'gzip' }),
  };
}

/** Whether the client takes gzip. */
export function acceptsGzip(request: Request): boolean {
  const accepted = request.headers.get('accept-encoding') ?? '';
  return accepted
    .split(',')
    .some((coding) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}
