import { isatty } from 'node:tty';
import { type DestinationStream, pino } from 'pino';
import { styleFor } from '../terminal-style.ts';
import { type LogLine, lineText, parseLogLine } from './line-text.ts';
import { redact } from './redaction.ts';
import { logSettings } from './settings.ts';

const STANDARD_OUTPUT = 1;

type Take = (line: LogLine) => void;

/** Who else gets the lines of this thread: see `forwardLog`. */
const takers = new Set<Take>();

/**
 * Hands every line to somebody else too, from now on: without secrets, and counted where it repeats.
 * @param take must neither throw nor log
 * @returns what ends it
 */
export function forwardLog(take: Take): () => void {
  takers.add(take);
  return () => takers.delete(take);
}

/** Where finished lines of JSON go. */
export function logOutput(): DestinationStream {
  // Synchronous: a line that says why the process dies must not be lost in a buffer. What repeats is counted, so there are few.
  const file = pino.destination({ fd: STANDARD_OUTPUT, sync: true });
  const isTerminal = isatty(STANDARD_OUTPUT);
  const { format } = logSettings();
  const isText = format === 'text' || (format === 'auto' && isTerminal);
  const style = styleFor({ isTTY: isTerminal });
  return {
    write(unsafe) {
      const line = redact(unsafe);
      file.write(isText ? `${lineText(line.trimEnd(), { style, isAlone: true })}\n` : line);
      if (takers.size === 0) return;
      const entry = parseLogLine(line);
      if (entry) for (const take of takers) take(entry);
    },
  };
}
