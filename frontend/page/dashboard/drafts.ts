import { DASHBOARD_VERSION, type StoredDashboard } from '../../dashboards/protocol.ts';
import { migrateSpec } from '../../dashboards/spec-migrations.ts';
import type { DashboardSpec } from '../../model/dashboard-spec.ts';
import { keep, readKept } from '../kept-locally.ts';

/** Changes that were not saved, with what they began with: enough to go on, and to merge. */
export interface Draft {
  readonly base: StoredDashboard;
  readonly spec: DashboardSpec;
}

/** As an earlier release of the page may have left it. */
interface KeptDraft extends Draft {
  /** Of the specs; those of version 1 did not say so. */
  readonly v?: number;
}

const KEY_PREFIX = 'overseer-draft:';

/** Of this browser; undefined: there is none. */
export function readDraft(id: string): Draft | undefined {
  try {
    const text = readKept(KEY_PREFIX + id);
    return text === null ? undefined : upToDate(JSON.parse(text) as KeptDraft);
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
  const kept: KeptDraft = { ...draft, v: DASHBOARD_VERSION };
  keep(KEY_PREFIX + id, JSON.stringify(kept));
}

export function forgetDraft(id: string): void {
  keep(KEY_PREFIX + id, null);
}

function upToDate({ base, spec, v = 1 }: KeptDraft): Draft {
  const migrated = (one: DashboardSpec) => migrateSpec(one, v) as DashboardSpec;
  return { base: { ...base, spec: migrated(base.spec) }, spec: migrated(spec) };
}
