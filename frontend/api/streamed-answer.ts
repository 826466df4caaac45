/** An answer that is made while it is sent. */

const encoder = new TextEncoder();
/** Compressing less than a packet gains nothing. */
const COMPRESSED_BYTES_MIN = 1024;
/** Pieces taken at once, so that what is small has a length and is sent in one go. */
const WHOLE_BYTES_MAX = 64 * 1024;

/** A text is sent as UTF-8. */
type Piece = string | Uint8Array;
type Bytes = Uint8Array<ArrayBuffer>;

export interface StreamedAnswerOptions {
  readonly contentType: string;
  /** Of the request, the headers that decide what the answer looks like, besides accept-encoding. */
  readonly vary?: string | undefined;
  /** The client understands gzip. */
  readonly gzip: boolean;
  /** Called once, when the last piece was taken or the client has gone. */
  readonly onEnd: () => void;
}

/** A 200 of these pieces; the next piece is made when the client has taken those before. */
export function streamedAnswer(pieces: Iterable<Piece>, options: StreamedAnswerOptions): Response {
  const { gzip, onEnd } = options;
  const iterator = pieces[Symbol.iterator]();
  const begin: Bytes[] = [];
  let bytes = 0;
  while (bytes < WHOLE_BYTES_MAX) {
    const { done, value } = iterator.next();
    if (done) {
      onEnd();
      return wholeAnswer(Buffer.concat(begin, bytes), options);
    }
    const piece = bytesOf(value);
    begin.push(piece);
    bytes += piece.length;
  }
  const stream = streamOf(Buffer.concat(begin, bytes), iterator, onEnd);
  const headers = answerHeaders(options, gzip);
  if (!gzip) return new Response(stream, { headers });
  return new Response(stream.pipeThrough(new CompressionStream('gzip')), { headers });
}

function wholeAnswer(bytes: Bytes, options: StreamedAnswerOptions): Response {
  if (!options.gzip || bytes.length < COMPRESSED_BYTES_MIN) {
    return new Response(bytes, { headers: answerHeaders(options, false) });
  }
  return new Response(Bun.gzipSync(bytes), { headers: answerHeaders(options, true) });
}

function streamOf(begin: Bytes, rest: Iterator<Piece>, onEnd: () => void) {
  return new ReadableStream<Bytes>(
    {
      start: (controller) => controller.enqueue(begin),
      pull: (controller) => {
        const piece = nextOf(rest, onEnd);
        if (piece === undefined) controller.close();
        else controller.enqueue(bytesOf(piece));
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
function nextOf(pieces: Iterator<Piece>, onEnd: () => void): Piece | undefined {
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

function bytesOf(piece: Piece): Bytes {
  return typeof piece === 'string' ? encoder.encode(piece) : (piece as Bytes);
}

function answerHeaders(
  { contentType, vary }: StreamedAnswerOptions,
  isZipped: boolean,
): Record<string, string> {
  return {
    'content-type': contentType,
    vary: vary ? `${vary}, accept-encoding` : 'accept-encoding',
    ...(isZipped && { 'content-encoding': 'gzip' }),
  };
}

/** Whether the client takes gzip. */
export function acceptsGzip(request: Request): boolean {
  const accepted = request.headers.get('accept-encoding') ?? '';
  return accepted
    .split(',')
    .some((coding) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));
}
