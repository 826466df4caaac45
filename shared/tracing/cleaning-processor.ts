import { type Attributes, type Context, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { shownQuery } from './shown-query.ts';

/** The name under which the plugin of Elysia makes its spans. */
export const HTTP_SCOPE = '@elysiajs/opentelemetry';

/** What it calls the span of a route's handler. */
const HANDLER_SPAN = 'Handle';

/** What the plugin tells that is no secret, and no header, cookie or body, where it puts secrets too. */
const SHOWN_ATTRIBUTES: ReadonlySet<string> = new Set([
  'error.type',
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'url.path',
  'url.scheme',
  'user_agent.original',
]);

/** Ours, which services set on the span of a request. */
const OWN_ATTRIBUTES = 'overseer.';

const SERVER_ERROR = 500;

/**
 * Hands on the spans of the plugin of Elysia without what must not leave the service: it records every header, the whole query, cookies,
 * bodies and stacks. What is known to be harmless stays.
 */
export class CleaningProcessor implements SpanProcessor {
  readonly #next: SpanProcessor;

  constructor(next: SpanProcessor) {
    this.#next = next;
  }

  onStart(span: Span, parent: Context): void {
    this.#next.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    if (span.instrumentationScope.name !== HTTP_SCOPE) this.#next.onEnd(span);
    else if (isShown(span)) this.#next.onEnd(cleaned(span));
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }
}

/** The request and its handler: the other hooks of Elysia take no time worth a span. */
function isShown({ kind, name }: ReadableSpan): boolean {
  return kind === SpanKind.SERVER || name === HANDLER_SPAN;
}

/** A view of the span, which has ended and changes no more. */
function cleaned(span: ReadableSpan): ReadableSpan {
  const attributes = shownAttributes(span.attributes);
  const status = attributes['http.response.status_code'];
  if (typeof status === 'number' && status >= SERVER_ERROR) attributes['error.type'] = `${status}`;
  const isError = 'error.type' in attributes;
  return Object.create(span, {
    attributes: { value: attributes },
    // Messages and stacks of errors.
    events: { value: [] },
    // Instrumentation leaves the status of what went well unset.
    status: { value: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET } },
  });
}

function shownAttributes(attributes: Attributes): Attributes {
  const shown: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (SHOWN_ATTRIBUTES.has(name) || name.startsWith(OWN_ATTRIBUTES)) {
      shown[name] = value;
    }
  }
  const url = typeof attributes['url.full'] === 'string' ? attributes['url.full'] : '';
  const query = shownQuery(url);
  const bodyBytes = attributes['http.request_content_length'];
  if (bodyBytes !== undefined) shown['http.request.body.size'] = bodyBytes;
  return { ...shown, ...serverOf(url), ...(query !== '' && { 'url.query': query }) };
}

/** What the client takes the server for. */
function serverOf(url: string): Attributes {
  const parsed = URL.parse(url);
  if (!parsed) return {};
  const { hostname, port, protocol } = parsed;
  const usual = protocol === 'https:' ? 443 : 80;
  return { 'server.address': hostname, 'server.port': port === '' ? usual : Number(port) };
}
