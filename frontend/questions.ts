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
  UnansweredError,
} from '@overseer/shared';
import type { FrontendMetrics } from './metrics.ts';

type QuestionMetrics = Pick<FrontendMetrics, 'questions' | 'questionSeconds'>;

export interface QuestionOptions<Part> {
  readonly signal?: AbortSignal | undefined;
  /** Takes each part as it comes; an error that it throws ends the question. */
  readonly onPart: (part: Part) => void;
}

/** What the frontend asks of store and processor, and when each answered last. */
export class Questions {
  readonly #bus: () => Bus | undefined;
  #storeAnsweredAtMs: number | undefined;
  readonly #metrics: QuestionMetrics;
  #processorAnsweredAtMs: number | undefined;

  /** @param bus undefined until NATS was there for the first time */
  constructor(bus: () => Bus | undefined, metrics: QuestionMetrics) {
    this.#bus = bus;
    this.#metrics = metrics;
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
    const end = await this.#ask(kind, 'store', querySubject(kind), request, options);
    this.#storeAnsweredAtMs = performance.now();
    return end as QueryEnd;
  }

  /** Asks the processor for the catalogue. @throws AnswerError */
  async catalogue(request: CatalogueQuery, options: QuestionOptions<CataloguePart>): Promise<void> {
    await this.#ask('catalogue', 'processor', CATALOGUE_SUBJECT, request, options);
    this.#processorAnsweredAtMs = performance.now();
  }

  async #ask<Part>(
    kind: string,
    answerer: 'store' | 'processor',
    subject: string,
    request: object,
    { signal, onPart }: QuestionOptions<Part>,
  ): Promise<unknown> {
    const observe = this.#metrics.questionSeconds.startTimer({ kind });
    let outcome = 'failed';
    try {
      const end = await askToEnd(this.#connected(), subject, request, { signal, onPart });
      outcome = 'ok';
      return end;
    } catch (error) {
      if (error instanceof AnswerError) outcome = error.kind;
      else if (signal?.aborted) outcome = 'canceled';
      throw error instanceof UnansweredError ? inWords(error, answerer) : error;
    } finally {
      observe();
      this.#metrics.questions.inc({ kind, outcome });
    }
  }

  /** @throws AnswerError unavailable */
  #connected(): Bus {
    const bus = this.#bus();
    if (bus?.connected) return bus;
    throw new AnswerError('unavailable', 'NATS is away; ask again in some seconds');
  }
}

/** For people, who don't know subjects: the log and the cause have those. */
function inWords(cause: UnansweredError, answerer: string): AnswerError {
  const words = `the ${answerer} does not answer; what is written meanwhile is kept`;
  return new AnswerError('unavailable', words, { cause });
}

function secondsSince(timeMs: number | undefined): number | null {
  return timeMs === undefined ? null : Math.round((performance.now() - timeMs) / 1000);
}
