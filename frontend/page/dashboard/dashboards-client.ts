import {
  DASHBOARD_VERSION,
  DASHBOARDS_PATH,
  type DashboardAnswer,
  type DashboardEntry,
  type DashboardProblem,
  type DashboardRevision,
  type SpecMistake,
  type StoredDashboard,
} from '../../dashboards/protocol.ts';
import type { DashboardSpec } from '../../model/dashboard-spec.ts';
import { signInAgain } from '../access.ts';

const REQUEST_TIMEOUT_MS = 15_000;
/** Of a server that can't answer now, and of proxies before one that is away. */
const GATEWAY_STATUSES: readonly number[] = [502, 503, 504];

/** The server would not, and says why. */
export class DashboardError extends Error {
  override name = 'DashboardError';

  constructor(
    readonly status: number,
    problem: Partial<DashboardProblem> | undefined,
  ) {
    super(problem?.error ?? `The server answered ${status}.`);
    this.mistakes = problem?.mistakes ?? [];
    this.current = problem?.current;
  }

  /** Of a file that is not valid. */
  readonly mistakes: readonly SpecMistake[];
  /** Of a save that came too late: what there is now. */
  readonly current: StoredDashboard | undefined;
}

/** @throws DashboardError; whatever fetch throws, as all of these */
export function listDashboards(): Promise<readonly DashboardEntry[]> {
  return request('');
}

export function listDeleted(): Promise<readonly DashboardEntry[]> {
  return request('?deleted=true');
}

/** Brings a deleted one back as it was saved last. */
export async function restoreDeleted({ id, revision }: DashboardEntry): Promise<DashboardEntry> {
  const last = (await readHistory(id)).find(({ isDeleted }) => !isDeleted);
  if (!last) throw new Error('Nothing is left of it: its history has no revision to restore.');
  return await restoreDashboard(id, last.revision, revision);
}

export function readDashboard(id: string, revision?: number): Promise<StoredDashboard> {
  return request(`/${id}${revision === undefined ? '' : `?revision=${revision}`}`);
}

/** A new dashboard, under an id of its own. */
export function createDashboard(spec: DashboardSpec): Promise<DashboardEntry> {
  return importDashboard({ v: DASHBOARD_VERSION, spec });
}

/** @param file what somebody says is a `DashboardFile`: the server looks whether it is one */
export function importDashboard(file: unknown): Promise<DashboardEntry> {
  return request('', { method: 'POST', body: file });
}

/** @param revision that the changes began with */
export function saveDashboard(
  id: string,
  spec: DashboardSpec,
  revision: number,
): Promise<DashboardEntry> {
  return request(`/${id}`, { method: 'PUT', body: { v: DASHBOARD_VERSION, spec }, revision });
}

export function deleteDashboard(id: string, revision: number): Promise<DashboardEntry> {
  return request(`/${id}`, { method: 'DELETE', revision });
}

export function readHistory(id: string): Promise<readonly DashboardRevision[]> {
  return request(`/${id}/history`);
}

/** Saves what was once saved again. @param revision that there is now */
export function restoreDashboard(
  id: string,
  restored: number,
  revision: number,
): Promise<DashboardEntry> {
  const body = { revision: restored };
  return request(`/${id}/restore`, { method: 'POST', body, revision });
}

interface RequestOptions {
  readonly method?: 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  /** What is changed, if nobody else has changed it. */
  readonly revision?: number;
}

async function request<Data>(
  path: string,
  { method, body, revision }: RequestOptions = {},
): Promise<Data> {
  const headers = new Headers();
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (revision !== undefined) headers.set('if-match', `"${revision}"`);
  const response = await fetch(`${DASHBOARDS_PATH}${path}`, {
    method: method ?? 'GET',
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (response.status === 401) signInAgain();
  const answer = (await response.json().catch(() => undefined)) as
    | DashboardAnswer<Data>
    | DashboardProblem
    | undefined;
  if (answer?.status === 'success') return answer.data;
  throw new DashboardError(response.status, answer);
}

/** Whether the same request may succeed a little later: the server is away, or lacks something that it needs. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof DashboardError) || GATEWAY_STATUSES.includes(error.status);
}

/** For people: what the server said, with where a file is wrong. */
export function whyFailed(error: unknown): string {
  if (error instanceof DashboardError && error.mistakes.length > 0) {
    const places = error.mistakes.map(({ path, message }) => `${path}: ${message}`);
    return `${error.message} (${places.join('; ')})`;
  }
  return error instanceof Error ? error.message : String(error);
}
