import { AnswerError } from '@overseer/shared';
import { errorAnswer, knownErrorAnswer } from '../errors.ts';
import { DashboardFileError } from './dashboard-file.ts';
import type { DashboardProblem, StoredDashboard } from './protocol.ts';
import { UnreadableDashboardError } from './saved-dashboard.ts';

/** A save that comes from another revision than there is. */
export class DashboardConflictError extends Error {
  override name = 'DashboardConflictError';

  /** @param current what there is; undefined for those who may not read it */
  constructor(
    message: string,
    readonly current: StoredDashboard | undefined,
  ) {
    super(message);
  }
}

/** The answer to an error that a client can be told; undefined for one that should not happen. */
export function dashboardErrorAnswer(error: unknown): Response | undefined {
  if (error instanceof DashboardFileError) {
    const { mistakes, message } = error;
    return problem(400, { errorType: 'bad_data', error: message, mistakes });
  }
  if (error instanceof DashboardConflictError) {
    const { current, message } = error;
    return problem(412, { errorType: 'conflict', error: message, ...(current && { current }) });
  }
  if (error instanceof UnreadableDashboardError) {
    return errorAnswer(new AnswerError('execution', error.message, { cause: error }));
  }
  return knownErrorAnswer(error);
}

function problem(status: number, about: Omit<DashboardProblem, 'status'>): Response {
  const body: DashboardProblem = { status: 'error', ...about };
  return Response.json(body, { status });
}
