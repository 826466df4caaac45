/** Lines of the services, which log JSON, made readable at a terminal. */

interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly time: string;
  readonly service?: string;
}

/**
 * "info: listening port=8086" for a line of JSON as the services log it; any other line as it is.
 * (pino-pretty could do it too, and brings thirteen packages for it.)
 */
export function formatServiceLine(line: string): string {
  const entry = parse(line);
  if (!entry) return line;
  const { level, msg, time: _time, service: _service, name: _name, ...details } = entry;
  const pairs = Object.entries(details).map(([name, value]) => `${name}=${formatValue(value)}`);
  return [`${level}:`, msg, ...pairs].join(' ');
}

function parse(line: string): (LogLine & Record<string, unknown>) | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as LogLine & Record<string, unknown>;
    return typeof entry.level === 'string' && typeof entry.msg === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** An error is told by its message; its stack is for LOG_LEVEL=debug and the raw log. */
function formatValue(value: unknown): string {
  if (typeof value === 'string') return /^\S+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === 'object' && value !== null && 'stack' in value && 'message' in value) {
    return JSON.stringify(value.message);
  }
  return JSON.stringify(value);
}
