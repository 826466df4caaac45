import type { SpanContext } from '@overseer/shared/tracing';
import type { OpenBatch } from './open-batch.ts';

/** A body that is being written, and the batches that its rows went to. */
export class OpenWrite {
  readonly #origin: SpanContext | undefined;
  readonly #batches = new Set<OpenBatch>();

  /** @param origin the span that writes it, when that is recorded */
  constructor(origin: SpanContext | undefined) {
    this.#origin = origin;
  }

  get batches(): ReadonlySet<OpenBatch> {
    return this.#batches;
  }

  /** Rows of it are in this batch. */
  join(batch: OpenBatch): void {
    if (this.#batches.has(batch)) return;
    this.#batches.add(batch);
    batch.requests++;
    if (this.#origin) batch.origins.push(this.#origin);
  }
}
