import { context, type Tracer, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { getNumberFromEnv } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  BasicTracerProvider,
  type Sampler,
  SamplingDecision,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { AnyElysia } from 'elysia';
import type { Logger } from '../log.ts';
import { VERSION } from '../version.ts';
import { CleaningProcessor } from './cleaning-processor.ts';
import { withDiagnostics } from './diagnostics.ts';
import { ReportingExporter } from './reporting-exporter.ts';
import { resourceOf } from './resource.ts';
import { Sampling } from './sampling.ts';
import type { OtlpProtocol, SamplerSettings } from './settings.ts';
import { SpanQueue } from './span-queue.ts';
import { stopProvider } from './stop-provider.ts';

const EXPORTERS = { 'http/protobuf': ProtobufExporter, 'http/json': JsonExporter } as const;

/** As the SDK has it: `OTEL_BSP_MAX_QUEUE_SIZE`. */
const SPANS_MAX = 2048;

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
      resource: resourceOf(service),
      spanProcessors: [createProcessor(protocol, log)],
    });
    trace.setGlobalTracerProvider(this.#provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    this.tracer = this.#provider.getTracer('overseer', VERSION);
  }

  async stop(): Promise<void> {
    trace.disable();
    context.disable();
    await stopProvider(this.#provider);
  }
}

function createProcessor(protocol: OtlpProtocol, log: Logger): SpanProcessor {
  return withDiagnostics(log, () => {
    const exporter = new ReportingExporter(new EXPORTERS[protocol](), 'traces', log);
    return new CleaningProcessor(new SpanQueue(exporter, spansMax()));
  });
}

function spansMax(): number {
  const configured = getNumberFromEnv('OTEL_BSP_MAX_QUEUE_SIZE');
  return configured !== undefined && configured > 0 ? configured : SPANS_MAX;
}
