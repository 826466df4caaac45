import { oneOf } from '../settings.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What every service takes from the environment for its log. */
export const LOG_SETTINGS = {
  logLevel: oneOf(
    'LOG_LEVEL',
    'info',
    LOG_LEVELS,
    `the least that is logged: one of ${LOG_LEVELS.join(', ')}`,
  ),
  logFormat: oneOf(
    'LOG_FORMAT',
    'auto',
    ['auto', 'json', 'text'],
    'json or text, which is readable lines; auto: text on a terminal, JSON elsewhere',
  ),
} as const;

interface LogSettings {
  readonly level: LogLevel;
  readonly format: 'auto' | 'json' | 'text';
}

/**
 * As the environment has them. A value that is not valid gives the default here: the service's own settings, which have these among
 * them, refuse it, and that has to be logged.
 */
export function logSettings(environment = process.env): LogSettings {
  const { logLevel, logFormat } = LOG_SETTINGS;
  return {
    level: logLevel.parse(environment.LOG_LEVEL ?? '') ?? 'info',
    format: logFormat.parse(environment.LOG_FORMAT ?? '') ?? 'auto',
  };
}
