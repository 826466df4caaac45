/**
 * Traces by OpenTelemetry, for all services, and their log by OTLP. The only door to its packages.
 *
 * A process (or worker thread) calls `startTelemetry` first and `stopTelemetry` last. In between `inSpan` runs something in a span below the
 * active one, and `inStatement` a statement of PostgreSQL; HTTP services make their app with `tracedApp` (of `@overseer/shared/tracing/http`),
 * which is where traces begin and are sampled; what has no request begins one with `inRootSpan`. Over NATS a trace goes by headers:
 * `traceHeaders()` into a message, `originOf(message.headers)` out of it, and `inSpan(name, { kind: SpanKind.CONSUMER, origins: [origin] }, …)`
 * where it is worked on. Work for several at once gives several origins.
 *
 * When tracing is off, every one of these does nothing, and the SDK is not loaded. When it is on and a request is not sampled, `inSpan` costs
 * some 50 ns: attributes that are dear to make go after `if (span)`.
 */
export * from './messaging-attributes.ts';
export * from './propagation.ts';
export * from './settings.ts';
export * from './spans.ts';
export * from './start.ts';
export * from './statements.ts';
export { isTracing, startTracing, stopTracing, type TracingOptions } from './tracing.ts';
