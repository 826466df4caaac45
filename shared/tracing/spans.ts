import {
  type Attributes,
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { AnswerError, type AnswerErrorKind } from '../answer-error.ts';
import { runningTelemetry } from './tracing.ts';

export { type Attributes, type Span, type SpanContext, SpanKind };

/** A batch may be of thousands of requests: further ones are not named by its span. */
export const LINKS_MAX = 32;

/** A transaction may copy into hundreds of tables: further children of a span are not recorded, but counted. */
export const CHILDREN_MAX = 128;

/** How many children a span has, recorded or not. */
const children = new WeakMap<Span, number>();

/** Of the answers to questions: the others are the asker's doing. */
const FAILURES: readonly AnswerErrorKind[] = ['timeout', 'unavailable', 'internal'];

export interface SpanDescription {
  /** INTERNAL when absent. */
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /**
   * For work that was asked for elsewhere: spans of those that it is done for. The new span is the child of the first and has links to the
   * others, `LINKS_MAX` at the most; without any, nothing is recorded, whatever runs now. Absent: a child of the span that is active.
   */
  readonly origins?: readonly SpanContext[];
}

/**
 * Runs `action` in a span and gives what it gives; the span ends with it, also when that is a promise, and has the kind of its error. Within,
 * the span is active. Nothing is recorded unless the trace is: then `action` gets undefined.
 *
 *     await inSpan('COPY points.m1', { kind: SpanKind.CLIENT }, async (span) => {
 *       span?.setAttribute('overseer.rows', await copy());
 *     });
 */
export function inSpan<T>(
  name: string,
  description: SpanDescription,
  action: (span: Span | undefined) => T,
): T {
  const telemetry = runningTelemetry();
  if (!telemetry) return action(undefined);
  const parent = parentOf(description);
  if (parent) return runIn(start(telemetry.tracer, name, description, parent), parent, action);
  return description.origins ? detached(() => action(undefined)) : action(undefined);
}

/** Like `inSpan`, as the beginning of a trace that the sampler decides on: for work that nobody asked for. */
export function inRootSpan<T>(
  name: string,
  description: Omit<SpanDescription, 'origins'>,
  action: (span: Span | undefined) => T,
): T {
  const telemetry = runningTelemetry();
  if (!telemetry) return action(undefined);
  if (!telemetry.sampling.root()) return detached(() => action(undefined));
  const span = start(telemetry.tracer, name, description, ROOT_CONTEXT);
  return runIn(span, ROOT_CONTEXT, action);
}

/** A span that the caller ends; undefined when nothing is recorded. It does not become active. */
export function startSpan(name: string, description: SpanDescription): Span | undefined {
  const telemetry = runningTelemetry();
  const parent = telemetry && parentOf(description);
  return parent && start(telemetry.tracer, name, description, parent);
}

/**
 * Runs what outlives the request that happens to begin it, such as a timer for several: what it does is not recorded as a part of
 * that request.
 */
export function detached<T>(action: () => T): T {
  // Off, or nothing is active: a context of its own would only cost.
  if (context.active() === ROOT_CONTEXT) return action();
  return context.with(ROOT_CONTEXT, action);
}

/** The span that the caller runs in, when the trace is recorded. */
export function activeSpan(): Span | undefined {
  if (!runningTelemetry()) return undefined;
  const span = trace.getActiveSpan();
  return span?.isRecording() ? span : undefined;
}

/**
 * A span failed. Of the error only its kind is kept (its `kind`, SQLSTATE or code, else its name): messages quote what users wrote. A
 * question that was wrong is no failure of whoever says so: the kind of its error is told, the status stays.
 */
export function failSpan(span: Span, error: unknown): void {
  if (!(error instanceof AnswerError) || FAILURES.includes(error.kind)) {
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.setAttribute('error.type', kindOf(error));
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('kind' in error && typeof error.kind === 'string') return error.kind;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Whether one more child of the span is recorded. */
function hasRoom(span: Span): boolean {
  const count = (children.get(span) ?? 0) + 1;
  children.set(span, count);
  if (count > CHILDREN_MAX) span.setAttribute('overseer.spans.unrecorded', count - CHILDREN_MAX);
  return count <= CHILDREN_MAX;
}

/** Where a new span goes; undefined when it is not to be recorded. */
function parentOf({ origins }: SpanDescription): Context | undefined {
  if (!origins) {
    // One that has ended is none: something that outlives it runs here.
    const active = activeSpan();
    return active && hasRoom(active) ? context.active() : undefined;
  }
  const [first] = origins;
  return first && trace.setSpanContext(ROOT_CONTEXT, first);
}

function start(
  tracer: Tracer,
  name: string,
  { kind, attributes, origins }: SpanDescription,
  parent: Context,
): Span {
  const links = origins?.slice(1, 1 + LINKS_MAX).map((origin) => ({ context: origin }));
  const options = {
    ...(kind && { kind }),
    ...(attributes && { attributes }),
    ...(links && { links }),
  };
  return tracer.startSpan(name, options, parent);
}

/** Ends the span when the action has ended. */
function runIn<T>(span: Span, parent: Context, action: (span: Span) => T): T {
  let isLate = false;
  try {
    const result = context.with(trace.setSpan(parent, span), action, undefined, span);
    if (!(result instanceof Promise)) return result;
    isLate = true;
    // What is given is the action's own promise: nobody waits longer for being watched.
    result.then(
      () => span.end(),
      (error: unknown) => end(span, error),
    );
    return result;
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    if (!isLate) span.end();
  }
}

function end(span: Span, error: unknown): void {
  failSpan(span, error);
  span.end();
}
