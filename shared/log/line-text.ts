import { plain, type Style } from '../terminal-style.ts';

/** Lines of the services, which log JSON, made readable at a terminal. */

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  /** RFC 3339. */
  readonly time: string;
  readonly [field: string]: unknown;
}

export interface LineTextOptions {
  readonly style?: Style;
  /** Whether the time and the service stand in front: not where somebody else says who speaks. */
  readonly isAlone?: boolean;
}

/** They say nothing to somebody who looks at one process; a span is found by its trace. */
const HIDDEN_FIELDS: readonly string[] = ['service', 'pid', 'instance', 'span_id', 'trace_flags'];

/**
 * "info: listening port=8086" for a line of JSON as the services log it; any other line as it is.
 * (pino-pretty could do it too, and brings thirteen packages for it.)
 */
export function lineText(line: string, options: LineTextOptions = {}): string {
  const { style = plain, isAlone = false } = options;
  const entry = parseLogLine(line);
  if (!entry) return line;
  const { level, msg, time, ...details } = entry;
  const pairs = Object.entries(details)
    .filter(([name]) => !HIDDEN_FIELDS.includes(name))
    .map(([name, value]) => `${style.dim(`${name}=`)}${valueText(value)}`);
  const front = isAlone ? [style.dim(clockTime(time)), style.bold(String(details.service))] : [];
  return [...front, `${paintOf(level, style)(level)}:`, msg, ...pairs].join(' ');
}

/** @returns undefined for a line that is not one of a service's log */
export function parseLogLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as LogLine;
    return typeof entry.level === 'string' && typeof entry.msg === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}

function paintOf(level: string, style: Style): (text: string) => string {
  if (level === 'error' || level === 'fatal') return style.red;
  if (level === 'warn') return style.yellow;
  return level === 'info' ? style.green : style.dim;
}

/** In the time zone of whoever looks. */
function clockTime(time: string): string {
  const date = new Date(time);
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0');
  return `${date.toTimeString().slice(0, 8)}.${milliseconds}`;
}

/** An error is told by its messages; its stack is in the line itself. */
function valueText(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(isErrorRecord(value) ? messagesOf(value) : value);
}

interface ErrorText {
  readonly message: string;
  readonly cause?: unknown;
}

function isErrorRecord(value: unknown): value is ErrorText {
  return typeof value === 'object' && value !== null && 'message' in value && 'type' in value;
}

/** "what could not be done: why": many say their cause themselves. */
function messagesOf({ message, cause }: ErrorText): string {
  if (!isErrorRecord(cause)) return message;
  const rest = messagesOf(cause);
  return message.includes(cause.message) ? message : `${message}: ${rest}`;
}
