import { type Logger, pino } from 'pino';
import { ownInstance } from './instance.ts';
import { errorRecord } from './log/error-record.ts';
import { lineCounts } from './log/line-counts.ts';
import { logOutput } from './log/output.ts';
import { Repetitions } from './log/repetitions.ts';
import { type LogLevel, logSettings } from './log/settings.ts';
import { activeSpan } from './tracing/spans.ts';

export { forwardLog } from './log/output.ts';
export { withoutSecrets } from './log/redaction.ts';
export { LOG_SETTINGS } from './log/settings.ts';
export { dieOfUncaught } from './log/uncaught.ts';
export type { Logger };

/**
 * A logger that writes lines to standard output: JSON, or readable ones where a person looks (`LOG_FORMAT`), from the level of
 * `LOG_LEVEL` on. What repeats is counted, and secrets are hidden by their shape. Bodies of requests are never handed to it.
 */
export function createLogger(service: string): Logger {
  const repetitions = new Repetitions((level, count, seconds) => {
    log[labelOf(level)](
      { repeated: count },
      `${count.toLocaleString('en')} lines of other kinds were left out in ${seconds} s`,
    );
  });
  const log = pino(
    {
      level: logSettings().level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: errorRecord },
      mixin: (details) => ({
        instance: ownInstance(),
        ...(!isCount(details) && spanFields()),
      }),
      hooks: {
        logMethod(parts, write, level) {
          const [details] = parts;
          const message = messageOf(parts);
          const tellCount = (count: number, seconds: number, reason: string | undefined) =>
            write.call(
              this,
              { repeated: count, reason },
              `${message}: ${count.toLocaleString('en')} more times in ${seconds} s`,
            );
          if (isCount(details)) {
            write.apply(this, parts);
            return;
          }
          lineCounts.byLevel[labelOf(level)]++;
          if (repetitions.takes(level, message, details, tellCount)) write.apply(this, parts);
          else lineCounts.repeated++;
        },
      },
    },
    logOutput(),
  );
  return log;
}

function labelOf(level: number): LogLevel {
  return pino.levels.labels[level] as LogLevel;
}

/** Where a line belongs in a trace, in the names of OpenTelemetry; nothing outside of traces that are recorded. */
function spanFields(): object {
  const span = activeSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/** A line with a count is not counted itself, and is of no one span. */
function isCount(details: unknown): boolean {
  return typeof details === 'object' && details !== null && 'repeated' in details;
}

/** What a line says, of what a logger was called with: a text, or details and a text. */
function messageOf(parts: readonly unknown[]): string {
  return parts.find((part) => typeof part === 'string') ?? '';
}
