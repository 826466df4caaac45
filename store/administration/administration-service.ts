import {
  ADMINISTRATION_QUEUE,
  type AdministrationKind,
  type AnswerHandler,
  type AnswerWriter,
  administrationSubject,
  type Bus,
  type Logger,
  serveAnswers,
} from '@overseer/shared';
import type { Database } from '../postgres.ts';
import { queryError } from '../queries/query-errors.ts';
import { countSeries } from './count-question.ts';
import { exportPoints, readExportQuestion } from './export/export-question.ts';
import { readPointsQuestion } from './points-question.ts';
import { readStatus } from './status-question.ts';

/** At a time, in one store; each has a connection, and keeps a core busy. Further ones are refused. */
export const EXPORTS_MAX = 2;
/** Of each of the short ones. */
export const SHORT_MAX = 2;

/** Answers those questions of the contract's "Administration" that only read. */
export class AdministrationService {
  readonly #answers = new Set<Promise<unknown>>();
  #unserve: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  start(): void {
    const { bus, database } = this;
    this.#unserve = [
      this.#serve('export', EXPORTS_MAX, (request, answer) =>
        exportPoints(database, readExportQuestion(request), answer),
      ),
      this.#serve('count', SHORT_MAX, (request, answer) =>
        countSeries(database, readPointsQuestion(request), answer),
      ),
      this.#serve('status', SHORT_MAX, (_, answer) => readStatus(bus, database, answer)),
    ];
  }

  /** Tells all askers that the store stops, and waits until what they asked for has ended in PostgreSQL too. */
  async stop(): Promise<void> {
    for (const unserve of this.#unserve) unserve();
    await Promise.allSettled(this.#answers);
  }

  #serve(kind: AdministrationKind, openMax: number, handler: AnswerHandler): () => void {
    const options = { queue: ADMINISTRATION_QUEUE, openMax, log: this.log };
    return serveAnswers(
      this.bus,
      administrationSubject(kind),
      options,
      (request, answer, subject) =>
        this.#tracked(inWords(handler(request, answer, subject), answer)),
    );
  }

  #tracked<T>(answering: Promise<T>): Promise<T> {
    this.#answers.add(answering);
    const forget = () => this.#answers.delete(answering);
    answering.then(forget, forget);
    return answering;
  }
}

/** Outages and cancelled statements as the asker is to hear of them. */
async function inWords<T>(answering: Promise<T>, { signal }: AnswerWriter): Promise<T> {
  try {
    return await answering;
  } catch (error) {
    throw queryError(error, signal);
  }
}
