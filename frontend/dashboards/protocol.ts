import type { DashboardSpec } from '../model/dashboard-spec.ts';

/**
 * What page and frontend say to each other about dashboards: JSON over HTTP, described in docs/dashboards.md. Answers stand in the
 * envelope of the query API, `{status: 'success', data}` or `DashboardProblem`.
 */

export const DASHBOARDS_PATH = '/api/v1/dashboards';

/** Of `DashboardFile`; raised when a change of DashboardSpec needs a migration. */
export const DASHBOARD_VERSION = 2;

/** A dashboard on its way: what is sent to be saved, and what an exported file contains. */
export interface DashboardFile {
  readonly v: number;
  readonly spec: DashboardSpec;
}

/** What a list says of a dashboard. */
export interface DashboardEntry {
  /** Letters, digits and `-`. */
  readonly id: string;
  readonly title: string;
  readonly db: string;
  /** Goes up with every save; 0 of those that are built in. */
  readonly revision: number;
  /** Milliseconds since 1970; 0 of those that are built in. */
  readonly savedAtMs: number;
  /** Name of a token; null: built in, or saved where nobody has to say who they are. */
  readonly savedBy: string | null;
  /** Comes with Overseer, and can't be changed: a copy of it can. */
  readonly isBuiltin: boolean;
  /** It can be restored from its history. */
  readonly isDeleted: boolean;
  /** Whether whoever asks may change and delete it. */
  readonly canSave: boolean;
}

/** A dashboard as it was at a revision. */
export interface StoredDashboard extends DashboardEntry {
  readonly spec: DashboardSpec;
}

/** One save of a dashboard. */
export interface DashboardRevision {
  readonly revision: number;
  readonly title: string;
  readonly savedAtMs: number;
  readonly savedBy: string | null;
  readonly panels: number;
  /** This revision deleted it. */
  readonly isDeleted: boolean;
}

export interface DashboardAnswer<Data> {
  readonly status: 'success';
  readonly data: Data;
}

export interface DashboardProblem {
  readonly status: 'error';
  readonly errorType: string;
  readonly error: string;
  /** Of a file that is not valid (400): what is wrong, and where. */
  readonly mistakes?: readonly SpecMistake[];
  /** Of a save that came too late (412): what there is now. */
  readonly current?: StoredDashboard;
}

export interface SpecMistake {
  /** As in JavaScript: `spec.panels[3].spec.unit`. */
  readonly path: string;
  readonly message: string;
}
