import {
  createTraceState,
  isSpanContextValid,
  type Span,
  type SpanContext,
  TraceFlags,
} from '@opentelemetry/api';
import { activeSpan, LINKS_MAX } from './spans.ts';
import { isTracing } from './tracing.ts';

/** W3C Trace Context, as headers of HTTP and of NATS have it: https://www.w3.org/TR/trace-context/ */
const TRACEPARENT = 'traceparent';
const TRACESTATE = 'tracestate';

/** Longest tracestate that is passed on. */
const TRACESTATE_CHARS_MAX = 512;

const NONE: readonly SpanContext[] = [];

const TRACEPARENT_FORM = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;

/**
 * Headers that carry the trace on to whoever gets a message, with the span that is active, or the one given; undefined when nothing is
 * recorded. Spread them into other headers.
 */
export function traceHeaders(
  span: Span | undefined = activeSpan(),
): Readonly<Record<string, string>> | undefined {
  if (!span?.isRecording()) return undefined;
  const { traceId, spanId, traceState } = span.spanContext();
  const state = traceState?.serialize();
  return {
    [TRACEPARENT]: `00-${traceId}-${spanId}-01`,
    ...(state && { [TRACESTATE]: state }),
  };
}

/** The span that a message was sent in, from its headers; undefined when its trace is not recorded. Cheap where there are no headers. */
export function originOf(headers: Readonly<Record<string, string>>): SpanContext | undefined {
  const parent = headers[TRACEPARENT];
  if (parent === undefined) return undefined;
  const origin = parseOrigin(parent, headers[TRACESTATE]);
  return origin && (origin.traceFlags & TraceFlags.SAMPLED) !== 0 ? origin : undefined;
}

/** The same of several messages that are worked on together, in order, as many as a span can name. */
export function originsOf(
  messages: readonly { readonly headers: Readonly<Record<string, string>> }[],
): readonly SpanContext[] {
  if (!isTracing()) return NONE;
  const origins: SpanContext[] = [];
  for (const { headers } of messages) {
    const origin = originOf(headers);
    if (origin) origins.push(origin);
    if (origins.length > LINKS_MAX) break;
  }
  return origins;
}

/** The same of a request, recorded by the client or not; undefined when it has none, or one that is not valid. */
export function originOfRequest(headers: Headers): SpanContext | undefined {
  const parent = headers.get(TRACEPARENT);
  return parent === null ? undefined : parseOrigin(parent, headers.get(TRACESTATE) ?? undefined);
}

function parseOrigin(parent: string, state: string | undefined): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT_FORM.exec(parent) ?? [];
  const origin: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(state && state.length <= TRACESTATE_CHARS_MAX && { traceState: createTraceState(state) }),
  };
  return isSpanContextValid(origin) ? origin : undefined;
}
