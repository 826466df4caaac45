/** Lines of a program's output. */

/** A line longer than this is passed on in pieces, so that a program can't fill our memory. */
const LINE_CHARACTERS_MAX = 64 * 1024;

/** Calls `onLine` with each line of the stream, without its end, until the stream ends. */
export async function eachLine(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > LINE_CHARACTERS_MAX) {
      onLine(rest);
      rest = '';
    }
  }
  if (rest !== '') onLine(rest);
}
