import { ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { type LogAttributes, type LogRecord, SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import type { ErrorRecord } from '../log/error-record.ts';
import type { LogLine } from '../log/line-text.ts';
import { forwardLog } from '../log/output.ts';
import { tellCounts } from '../log/repetitions.ts';
import type { Logger } from '../log.ts';
import { version } from '../package.json' with { type: 'json' };
import { withDiagnostics } from './diagnostics.ts';
import { ReportingExporter } from './reporting-exporter.ts';
import { resourceOf } from './resource.ts';
import type { OtlpProtocol } from './settings.ts';
import { stopProvider } from './stop-provider.ts';

const EXPORTERS = { 'http/protobuf': ProtobufExporter, 'http/json': JsonExporter } as const;

const SEVERITIES: Readonly<Record<string, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};

export interface LogExporterOptions {
  readonly service: string;
  readonly protocol: OtlpProtocol;
  readonly log: Logger;
}

/**
 * Sends by OTLP what the log of this thread says. Nobody waits for it: of what is still to be sent the SDK holds 2,048 lines
 * (`OTEL_BLRP_MAX_QUEUE_SIZE`) and leaves out the rest. That it fails is told once, as a line like any other.
 */
export class LogExporter {
  readonly #provider: LoggerProvider;
  readonly #unforward: () => void;

  constructor({ service, protocol, log }: LogExporterOptions) {
    const processor = withDiagnostics(
      log,
      () =>
        new BatchLogRecordProcessor(new ReportingExporter(new EXPORTERS[protocol](), 'logs', log)),
    );
    this.#provider = new LoggerProvider({ resource: resourceOf(service) });
    this.#provider.addLogRecordProcessor(processor);
    const logger = this.#provider.getLogger('overseer', version);
    this.#unforward = forwardLog((line) => logger.emit(recordOf(line)));
  }

  async stop(): Promise<void> {
    tellCounts();
    this.#unforward();
    await stopProvider(this.#provider);
  }
}

/** A line as OpenTelemetry has it: https://opentelemetry.io/docs/specs/otel/logs/data-model/ */
function recordOf(line: LogLine): LogRecord {
  const { level, time, msg, trace_id, span_id, err, ...others } = line;
  // These are of the resource.
  const { service: _, instance: __, pid: ___, ...details } = others;
  return {
    timestamp: new Date(time),
    severityNumber: SEVERITIES[level] ?? SeverityNumber.UNSPECIFIED,
    severityText: level.toUpperCase(),
    body: msg,
    attributes: { ...attributesOf(details), ...(isErrorRecord(err) && exceptionOf(err)) },
    context:
      typeof trace_id === 'string' && typeof span_id === 'string'
        ? trace.setSpanContext(ROOT_CONTEXT, {
            traceId: trace_id,
            spanId: span_id,
            traceFlags: TraceFlags.SAMPLED,
          })
        : ROOT_CONTEXT,
  };
}

function attributesOf(details: Readonly<Record<string, unknown>>): LogAttributes {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      `overseer.${name}`,
      typeof value === 'object' ? JSON.stringify(value) : (value as string | number | boolean),
    ]),
  );
}

function isErrorRecord(value: unknown): value is ErrorRecord {
  return typeof value === 'object' && value !== null && 'type' in value && 'message' in value;
}

/** https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/ */
function exceptionOf(error: ErrorRecord): LogAttributes {
  const stacks: string[] = [];
  for (let record: ErrorRecord | undefined = error; record; record = record.cause) {
    stacks.push(record.stack ?? `${record.type}: ${record.message}`);
  }
  return {
    'exception.type': error.type,
    'exception.message': error.message,
    'exception.stacktrace': stacks.join('\nCaused by: '),
  };
}
