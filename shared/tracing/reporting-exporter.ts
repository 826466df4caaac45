import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { Logger } from '../log.ts';

/** Sends spans, or lines of the log. */
interface Exporter<Item> {
  export(items: Item[], onResult: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** Says once that something can't be sent, and once that it can again, with how many were lost. */
export class ReportingExporter<Item> implements Exporter<Item> {
  readonly #exporter: Exporter<Item>;
  readonly #what: 'traces' | 'logs';
  readonly #log: Logger;
  #lost = 0;

  constructor(exporter: Exporter<Item>, what: 'traces' | 'logs', log: Logger) {
    this.#exporter = exporter;
    this.#what = what;
    this.#log = log;
  }

  export(items: Item[], onResult: (result: ExportResult) => void): void {
    this.#exporter.export(items, (result) => {
      this.#report(result, items.length);
      onResult(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  #report({ code, error }: ExportResult, count: number): void {
    if (code === ExportResultCode.SUCCESS) {
      if (this.#lost > 0) this.#log.info({ lost: this.#lost }, `${this.#what} are exported again`);
      this.#lost = 0;
      return;
    }
    if (this.#lost === 0) {
      const reason = error?.message ?? 'no reason given';
      this.#log.warn({ reason }, `${this.#what} can’t be exported; what they tell of now is lost`);
    }
    this.#lost += count;
  }
}
