import { context, DiagLogLevel, diag, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type Sampler,
  SamplingDecision,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { AnyElysia } from 'elysia';
import { INSTANCE } from '../instance.ts';
import type { Logger } from '../log.ts';
import { version } from '../package.json' with { type: 'json' };
import { CleaningProcessor } from './cleaning-processor.ts';
import { ReportingExporter } from './reporting-exporter.ts';
import { Sampling } from './sampling.ts';
import type { OtlpProtocol, SamplerSettings } from './settings.ts';

/** What is not sent by then is lost: a collector that is away must not keep a service from stopping. */
const STOP_MAX_MS = 2000;

const EXPORTERS = { 'http/protobuf': ProtobufExporter, 'http/json': JsonExporter } as const;

/** Whether a trace is recorded is decided before its first span is made (see Sampling), so whoever makes one wants it. */
const EVERY_SPAN: Sampler = {
  shouldSample: () => ({ decision: SamplingDecision.RECORD_AND_SAMPLED }),
  toString: () => 'decided at the door',
};

export interface TelemetryOptions {
  readonly service: string;
  readonly protocol: OtlpProtocol;
  readonly sampler: SamplerSettings;
  readonly httpPlugin: (() => AnyElysia) | undefined;
  readonly log: Logger;
}

/** The SDK of OpenTelemetry, while tracing is on. It alone is loaded on demand: it takes 20 MB. */
export class Telemetry {
  readonly sampling: Sampling;
  readonly tracer: Tracer;
  /** Makes server spans; undefined where no requests are traced. */
  readonly httpPlugin: (() => AnyElysia) | undefined;
  readonly #provider: BasicTracerProvider;

  constructor({ service, protocol, sampler, httpPlugin, log }: TelemetryOptions) {
    this.httpPlugin = httpPlugin;
    this.sampling = new Sampling(sampler);
    this.#provider = new BasicTracerProvider({
      sampler: EVERY_SPAN,
      resource: resourceFromAttributes({
        'service.namespace': 'overseer',
        'service.name': `overseer-${service}`,
        'service.instance.id': INSTANCE,
        'service.version': version,
      }).merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [createProcessor(protocol, log)],
    });
    trace.setGlobalTracerProvider(this.#provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    this.tracer = this.#provider.getTracer('overseer', version);
  }

  async stop(): Promise<void> {
    trace.disable();
    context.disable();
    // What fails here has been reported by the exporter.
    const sent = this.#provider.shutdown().catch(() => undefined);
    await Promise.race([sent, Bun.sleep(STOP_MAX_MS)]);
  }
}

function createProcessor(protocol: OtlpProtocol, log: Logger): SpanProcessor {
  const warn = (message: string) => log.warn(`OpenTelemetry: ${message}`);
  const silent = () => undefined;
  const logger = { error: warn, warn, info: silent, debug: silent, verbose: silent };
  // For what it reads from the environment; how exports fare is told by ReportingExporter.
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const exporter = new ReportingExporter(new EXPORTERS[protocol](), log);
  const processor = new CleaningProcessor(new BatchSpanProcessor(exporter));
  diag.disable();
  return processor;
}
