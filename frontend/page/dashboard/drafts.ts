import type { StoredDashboard } from '../../dashboards/protocol.ts';
import type { DashboardSpec } from '../../model/dashboard-spec.ts';
import { keep, readKept } from '../kept-locally.ts';

/** Changes that were not saved, with what they began with: enough to go on, and to merge. */
export interface Draft {
  readonly base: StoredDashboard;
  readonly spec: DashboardSpec;
}

const KEY_PREFIX = 'overseer-draft:';

/** Of this browser; undefined: there is none. */
export function readDraft(id: string): Draft | undefined {
  try {
    const text = readKept(KEY_PREFIX + id);
    return text === null ? undefined : (JSON.parse(text) as Draft);
  } catch {
    // Something that we did not write: there is nothing to go on with.
    return undefined;
  }
}

/** Whether there are changes of that dashboard which were not saved. */
export function hasDraft(id: string): boolean {
  return readDraft(id) !== undefined;
}

/** Where storage is forbidden or full, they last until the page is closed, which asks before. */
export function writeDraft(id: string, draft: Draft): void {
  keep(KEY_PREFIX + id, JSON.stringify(draft));
}

export function forgetDraft(id: string): void {
  keep(KEY_PREFIX + id, null);
}
