import {
  ADMINISTRATION_QUEUE,
  type AdministrationKind,
  type AnswerHandler,
  administrationSubject,
  CHANGED_SUBJECT,
  serveAnswers,
} from '@overseer/shared';
import { readPointsQuestion } from '../administration/points-question.ts';
import { publishChanged } from '../changed-events.ts';
import { queryError } from '../queries/query-errors.ts';
import { answerDelete } from './delete-question.ts';
import { answerDrop, readDropQuestion } from './drop-question.ts';
import { DropSteps, type DropStepsParts } from './drop-steps.ts';

/** At a time, in one store; each reads and writes much. */
const DROPS_MAX = 2;
const DELETES_MAX = 1;

export interface DeletionParts extends DropStepsParts {
  /** Called when any store has dropped or deleted something. */
  readonly onChanged: () => void;
}

/** Answers `admin.drop` and `admin.delete`, tells everybody, and finishes what others have begun. */
export class DeletionService {
  readonly #parts: DeletionParts;
  readonly #steps: DropSteps;
  #endings: readonly (() => void)[] = [];

  constructor(parts: DeletionParts) {
    this.#parts = parts;
    this.#steps = new DropSteps(parts);
  }

  start(): void {
    const { bus, onChanged } = this.#parts;
    this.#endings = [
      bus.listen(CHANGED_SUBJECT, () => onChanged()),
      this.#serve('drop', DROPS_MAX, this.#drop),
      this.#serve('delete', DELETES_MAX, this.#delete),
    ];
    this.#steps.start();
  }

  async stop(): Promise<void> {
    for (const end of this.#endings) end();
    await this.#steps.stop();
  }

  readonly #drop: AnswerHandler = (request, answer) => {
    const { bus, log } = this.#parts;
    const question = readDropQuestion(request);
    return answerDrop(this.#parts, this.#steps, question, answer, () =>
      publishChanged(bus, { ...question, dropped: true }, log),
    );
  };

  readonly #delete: AnswerHandler = async (request, answer) => {
    const { bus, log } = this.#parts;
    const { tags, ...place } = readPointsQuestion(request);
    try {
      return await answerDelete(this.#parts, { ...place, tags }, answer);
    } finally {
      // Also when it was not finished: what is deleted is deleted.
      publishChanged(bus, { ...place, dropped: false }, log);
      this.#steps.hurry();
    }
  };

  #serve(kind: AdministrationKind, openMax: number, handler: AnswerHandler): () => void {
    const { bus, log } = this.#parts;
    const options = { queue: ADMINISTRATION_QUEUE, openMax, log };
    return serveAnswers(bus, administrationSubject(kind), options, async (...asked) => {
      try {
        return await handler(...asked);
      } catch (error) {
        const [, { signal }] = asked;
        throw queryError(error, signal);
      }
    });
  }
}
