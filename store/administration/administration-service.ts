import {
  ADMINISTRATION_QUEUE,
  type AnswerHandler,
  type AnswerWriter,
  administrationSubject,
  type Bus,
  type Logger,
  serveAnswers,
} from '@overseer/shared';
import type { Database } from '../postgres.ts';
import { queryError } from '../queries/query-errors.ts';
import { ANSWERED_MAX, type AnsweredKind } from './administration-limits.ts';
import { countSeries } from './count-question.ts';
import { exportPoints, readExportQuestion } from './export/export-question.ts';
import { readPointsQuestion } from './points-question.ts';
import { readStatus } from './status-question.ts';
import type { AdministrationOutcome } from './thread-messages.ts';

export interface AdministrationParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly log: Logger;
  /** Called when a question is over, or was refused. */
  readonly onAnswered: (outcome: AdministrationOutcome) => void;
  /** Called when an export begins a pass over a measurement. */
  readonly onPass: () => void;
}

/** Answers those questions of the contract's "Administration" that only read. */
export class AdministrationService {
  readonly #parts: AdministrationParts;
  readonly #answers = new Set<Promise<unknown>>();
  readonly #running: Record<AnsweredKind, number> = { export: 0, count: 0, status: 0 };
  #unserve: (() => void)[] = [];

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Questions being answered, by kind. */
  get running(): Readonly<Record<AnsweredKind, number>> {
    return this.#running;
  }

  start(): void {
    const { bus, database, onPass } = this.#parts;
    this.#unserve = [
      this.#serve('export', (request, answer) =>
        exportPoints(database, readExportQuestion(request), answer, onPass),
      ),
      this.#serve('count', (request, answer) =>
        countSeries(database, readPointsQuestion(request), answer),
      ),
      this.#serve('status', (_, answer) => readStatus(bus, database, answer)),
    ];
  }

  /** Tells all askers that the store stops, and waits until what they asked for has ended in PostgreSQL too. */
  async stop(): Promise<void> {
    for (const unserve of this.#unserve) unserve();
    await Promise.allSettled(this.#answers);
  }

  #serve(kind: AnsweredKind, handler: AnswerHandler): () => void {
    const { bus, log, onAnswered } = this.#parts;
    const options = {
      queue: ADMINISTRATION_QUEUE,
      openMax: ANSWERED_MAX[kind],
      log,
      onAnswered: (outcome: AdministrationOutcome['outcome']) => onAnswered({ kind, outcome }),
    };
    return serveAnswers(bus, administrationSubject(kind), options, (request, answer, subject) =>
      this.#tracked(kind, inWords(handler(request, answer, subject), answer)),
    );
  }

  #tracked<T>(kind: AnsweredKind, answering: Promise<T>): Promise<T> {
    this.#answers.add(answering);
    this.#running[kind]++;
    const forget = () => {
      this.#answers.delete(answering);
      this.#running[kind]--;
    };
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
