import type { StoredDashboard } from '../../dashboards/protocol.ts';
import type { DashboardSpec } from '../../model/dashboard-spec.ts';

/** Changes that were not saved, with what they began with: enough to go on, and to merge. */
export interface Draft {
  readonly base: StoredDashboard;
  readonly spec: DashboardSpec;
}

const KEY_PREFIX = 'overseer-draft:';

/** Of this browser; undefined: there is none. */
export function readDraft(id: string): Draft | undefined {
  try {
    const text = localStorage.getItem(KEY_PREFIX + id);
    return text === null ? undefined : (JSON.parse(text) as Draft);
  } catch {
    // Storage is forbidden, or has something that we did not write: there is nothing to go on with.
    return undefined;
  }
}

/** Whether there are changes of that dashboard which were not saved. */
export function hasDraft(id: string): boolean {
  return readDraft(id) !== undefined;
}

/** @returns whether it is kept: not where storage is forbidden or full */
export function writeDraft(id: string, draft: Draft): boolean {
  try {
    localStorage.setItem(KEY_PREFIX + id, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function forgetDraft(id: string): void {
  try {
    localStorage.removeItem(KEY_PREFIX + id);
  } catch {
    // Forbidden storage has none.
  }
}
