import { type Logger, pino } from 'pino';

export type { Logger };

/**
 * A logger that writes JSON lines to standard output; `LOG_LEVEL` sets the level (trace, debug, info, warn, error).
 * Secrets and bodies of requests are never handed to it.
 */
export function createLogger(service: string): Logger {
  return pino(
    {
      name: service,
      level: process.env.LOG_LEVEL ?? 'info',
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous: a line that says why the process dies must not be lost in a buffer.
    pino.destination({ fd: 1, sync: true }),
  );
}

/** A URL as it may be shown: user and password replaced. */
export function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/g, '//***@');
}
