import type { MatrixSeries, QueryEnd } from '@overseer/shared';
import type { Questions } from '../questions.ts';
import type { GridQuestion, LiveGrid } from './live-grid.ts';
import type { StepRange } from './step-ranges.ts';

/** What the store has answered to one question of a grid. */
export interface LiveAnswer {
  readonly range: StepRange;
  readonly series: readonly MatrixSeries[];
  readonly end: QueryEnd;
}

export interface LiveAsking {
  readonly questions: Questions;
  readonly grid: LiveGrid;
  readonly db: string;
  readonly expr: string;
  readonly signal: AbortSignal;
  /** Throws when there are too many series. */
  readonly checkSeries: (count: number) => void;
}

/**
 * Asks the store for steps, with one question after the other: an expression has one place among those that are evaluated.
 * @param newest step of the window
 * @throws AnswerError
 */
export async function askSteps(
  asking: LiveAsking,
  range: StepRange,
  newest: number,
): Promise<LiveAnswer[]> {
  const answers: LiveAnswer[] = [];
  for (const question of asking.grid.questions(range, newest, Date.now())) {
    answers.push(await askOne(asking, question));
  }
  return answers;
}

async function askOne(asking: LiveAsking, question: GridQuestion): Promise<LiveAnswer> {
  const { questions, grid, db, expr, signal, checkSeries } = asking;
  const { range, ...times } = question;
  const series: MatrixSeries[] = [];
  const end = await questions.query(
    'range',
    { db, expr, ...times },
    {
      signal,
      onPart: (part) => {
        if (part.kind !== 'matrix') return;
        for (const one of part.series) series.push(grid.columns(question, part.count, one));
        checkSeries(series.length);
      },
    },
  );
  return { range, series, end };
}
