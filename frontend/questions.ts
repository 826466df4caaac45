import {
  AnswerError,
  askToEnd,
  type Bus,
  CATALOGUE_SUBJECT,
  type CataloguePart,
  type CatalogueQuery,
  type QueryEnd,
  type QueryKind,
  type QueryPart,
  querySubject,
} from '@overseer/shared';

export interface QuestionOptions<Part> {
  readonly signal?: AbortSignal | undefined;
  /** Takes each part as it comes; an error that it throws ends the question. */
  readonly onPart: (part: Part) => void;
}

/** What the frontend asks of store and processor, and when each answered last. */
export class Questions {
  readonly #bus: () => Bus | undefined;
  #storeAnsweredAtMs: number | undefined;
  #processorAnsweredAtMs: number | undefined;

  /** @param bus undefined until NATS was there for the first time */
  constructor(bus: () => Bus | undefined) {
    this.#bus = bus;
  }

  /** Seconds since each answered to the end; null: it has not yet. */
  get answeredSecondsAgo(): { store: number | null; processor: number | null } {
    return {
      store: secondsSince(this.#storeAnsweredAtMs),
      processor: secondsSince(this.#processorAnsweredAtMs),
    };
  }

  /** Asks the store; gives the end of its answer. @throws AnswerError */
  async query(
    kind: QueryKind,
    request: object,
    options: QuestionOptions<QueryPart>,
  ): Promise<QueryEnd> {
    const end = await this.#ask(querySubject(kind), request, options);
    this.#storeAnsweredAtMs = performance.now();
    return end as QueryEnd;
  }

  /** Asks the processor for the catalogue. @throws AnswerError */
  async catalogue(request: CatalogueQuery, options: QuestionOptions<CataloguePart>): Promise<void> {
    await this.#ask(CATALOGUE_SUBJECT, request, options);
    this.#processorAnsweredAtMs = performance.now();
  }

  async #ask<Part>(
    subject: string,
    request: object,
    { signal, onPart }: QuestionOptions<Part>,
  ): Promise<unknown> {
    const bus = this.#bus();
    if (!bus?.connected) {
      throw new AnswerError('unavailable', 'NATS is not connected; ask again in some seconds');
    }
    return askToEnd(bus, subject, request, { signal, onPart });
  }
}

function secondsSince(timeMs: number | undefined): number | null {
  return timeMs === undefined ? null : Math.round((performance.now() - timeMs) / 1000);
}
