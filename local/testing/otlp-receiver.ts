/** A collector of OpenTelemetry for tests: takes traces by OTLP over HTTP, in protobuf or JSON, and keeps what it was sent. */
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { otlpSchema } from './otlp-schema.ts';

export type AttributeValue = string | number | boolean | readonly AttributeValue[] | undefined;
export type ReceivedAttributes = Readonly<Record<string, AttributeValue>>;

export type ReceivedKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';
const KINDS: readonly ReceivedKind[] = ['internal', 'server', 'client', 'producer', 'consumer'];

export interface ReceivedSpan {
  readonly name: string;
  readonly kind: ReceivedKind;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: ReceivedAttributes;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly isError: boolean;
  /** `service.name` of the resource. */
  readonly service: string;
  readonly resource: ReceivedAttributes;
}

export interface ReceivedLog {
  readonly body: AttributeValue;
  readonly severity: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: ReceivedAttributes;
  readonly service: string;
  readonly resource: ReceivedAttributes;
}

/** How the receiver answers: `slow` never does. */
export type ReceiverMood = 'well' | 'failing' | 'slow';

export class OtlpReceiver implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = [];
  readonly logs: ReceivedLog[] = [];
  /** Content types that came. */
  readonly contentTypes = new Set<string>();
  /** Headers of the last request. */
  lastHeaders = new Headers();
  mood: ReceiverMood = 'well';
  requests = 0;
  readonly #server: Bun.Server<undefined>;
  readonly #slow = new Set<() => void>();

  constructor() {
    this.#server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      idleTimeout: 0,
      fetch: (request) => this.#receive(request),
    });
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  /** Settings for a service that sends here, at once and every trace. */
  get environment(): Readonly<Record<string, string>> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
    };
  }

  /** Spans of a trace, in the order of their beginning. */
  trace(traceId: string): ReceivedSpan[] {
    return this.spans
      .filter((span) => span.traceId === traceId)
      .sort((a, b) => Number(a.startNs - b.startNs));
  }

  /** A trace as lines, each span below its parent, two spaces further to the right: `service: name`. */
  drawn(traceId: string): string[] {
    const spans = this.trace(traceId);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const draw = (parent: string, indent: string): string[] =>
      spans
        .filter(({ parentSpanId }) => (ids.has(parentSpanId) ? parentSpanId : '') === parent)
        .flatMap((span) => [
          `${indent}${span.service}: ${span.name}`,
          ...draw(span.spanId, `${indent}  `),
        ]);
    return draw('', '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const answer of this.#slow) answer();
    await this.#server.stop(true);
  }

  async #receive(request: Request): Promise<Response> {
    this.requests++;
    this.lastHeaders = request.headers;
    const contentType = request.headers.get('content-type') ?? '';
    this.contentTypes.add(contentType);
    const body = new Uint8Array(await request.arrayBuffer());
    if (this.mood === 'slow') await new Promise<void>((answer) => this.#slow.add(answer));
    if (this.mood !== 'well') return new Response('away', { status: 500 });
    const plain = request.headers.get('content-encoding') === 'gzip' ? gunzipSync(body) : body;
    const { pathname } = new URL(request.url);
    const signal = pathname.endsWith('/v1/logs') ? 'logs' : 'traces';
    const isJson = contentType.startsWith('application/json');
    const message = isJson ? readJson(plain) : readProtobuf(signal, plain);
    for (const part of message.resourceSpans ?? []) this.spans.push(...spansOf(part));
    for (const part of message.resourceLogs ?? []) this.logs.push(...logsOf(part));
    return isJson
      ? Response.json({})
      : new Response(new Uint8Array(), { headers: { 'content-type': 'application/x-protobuf' } });
  }
}

interface WireValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly WireValue[] };
}
type WireAttributes = readonly { readonly key: string; readonly value: WireValue }[] | undefined;
interface WireResource {
  readonly resource?: { readonly attributes?: WireAttributes };
}
interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: WireAttributes;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}
interface WireLog {
  readonly body?: WireValue;
  readonly severityText?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: WireAttributes;
}
interface ResourceSpans extends WireResource {
  readonly scopeSpans?: readonly { readonly spans?: readonly WireSpan[] }[];
}
interface ResourceLogs extends WireResource {
  readonly scopeLogs?: readonly { readonly logRecords?: readonly WireLog[] }[];
}
interface WireMessage {
  readonly resourceSpans?: readonly ResourceSpans[];
  readonly resourceLogs?: readonly ResourceLogs[];
}

const STATUS_ERROR = 2;

function readJson(body: Uint8Array): WireMessage {
  return JSON.parse(new TextDecoder().decode(body));
}

const schema = protobuf.parse(otlpSchema).root;

function readProtobuf(signal: 'traces' | 'logs', body: Uint8Array): WireMessage {
  const type = schema.lookupType(signal === 'traces' ? 'TracesData' : 'LogsData');
  const message = type.toObject(type.decode(body), { longs: String, bytes: Array });
  // In JSON ids are hexadecimal digits.
  return JSON.parse(
    JSON.stringify(message, (key, value) =>
      /(trace|span)Id$/i.test(key) ? Buffer.from(value).toString('hex') : value,
    ),
  );
}

function spansOf({ resource, scopeSpans }: ResourceSpans): ReceivedSpan[] {
  const attributes = attributesOf(resource?.attributes);
  const spans = (scopeSpans ?? []).flatMap((scope) => scope.spans ?? []);
  return spans.map((span) => ({
    name: span.name,
    kind: KINDS[(span.kind ?? 1) - 1] ?? 'internal',
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    startNs: BigInt(span.startTimeUnixNano),
    endNs: BigInt(span.endTimeUnixNano),
    attributes: attributesOf(span.attributes),
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
    isError: span.status?.code === STATUS_ERROR,
    service: String(attributes['service.name']),
    resource: attributes,
  }));
}

function logsOf({ resource, scopeLogs }: ResourceLogs): ReceivedLog[] {
  const attributes = attributesOf(resource?.attributes);
  const logs = (scopeLogs ?? []).flatMap((scope) => scope.logRecords ?? []);
  return logs.map((log) => ({
    body: log.body && plainValue(log.body),
    severity: log.severityText ?? '',
    traceId: log.traceId ?? '',
    spanId: log.spanId ?? '',
    attributes: attributesOf(log.attributes),
    service: String(attributes['service.name']),
    resource: attributes,
  }));
}

function attributesOf(attributes: WireAttributes): ReceivedAttributes {
  return Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: WireValue): AttributeValue {
  const { stringValue, boolValue, intValue, doubleValue, arrayValue } = value;
  if (arrayValue) return (arrayValue.values ?? []).map(plainValue);
  if (intValue !== undefined) return Number(intValue);
  return stringValue ?? boolValue ?? doubleValue;
}
