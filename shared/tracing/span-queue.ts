import type { Context } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type Span,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { spanCounts } from './span-counts.ts';

/**
 * Spans that wait until the collector has taken them, those on their way included. Where there is no room a span is left out, and counted:
 * the SDK's own queue would do so too, but tell nobody.
 */
export class SpanQueue implements SpanProcessor {
  readonly #spansMax: number;
  readonly #processor: BatchSpanProcessor;
  #spans = 0;

  /** @param spansMax room in it */
  constructor(exporter: SpanExporter, spansMax: number) {
    this.#spansMax = spansMax;
    this.#processor = new BatchSpanProcessor({
      export: (spans, onResult) =>
        exporter.export(spans, (result) => {
          this.#left(spans.length, result);
          onResult(result);
        }),
      shutdown: () => exporter.shutdown(),
      forceFlush: async () => exporter.forceFlush?.(),
    });
  }

  onStart(span: Span, parent: Context): void {
    this.#processor.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    if (this.#spans >= this.#spansMax) {
      spanCounts.dropped++;
      return;
    }
    this.#spans++;
    this.#processor.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#processor.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#processor.shutdown();
  }

  #left(count: number, { code }: ExportResult): void {
    this.#spans -= count;
    if (code === ExportResultCode.SUCCESS) spanCounts.exported += count;
    else spanCounts.failed += count;
  }
}
