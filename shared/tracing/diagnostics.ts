import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { Logger } from '../log.ts';

/** Logs what the SDK finds wrong in the environment while it is made. How exports fare is told by ReportingExporter. */
export function withDiagnostics<T>(log: Logger, make: () => T): T {
  const warn = (message: string) => log.warn(`OpenTelemetry: ${message}`);
  const silent = () => undefined;
  const logger = { error: warn, warn, info: silent, debug: silent, verbose: silent };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  try {
    return make();
  } finally {
    diag.disable();
  }
}
