import type { DashboardSpec } from '../../model/dashboard-spec.ts';
import { HOST } from './host.ts';
import { PIPELINE } from './pipeline.ts';

/** Dashboards that come with Overseer, by their ids. They can't be changed, so that a new release brings them up to date. */
export const BUILT_IN_DASHBOARDS: ReadonlyMap<string, DashboardSpec> = new Map([
  ['host', HOST],
  ['pipeline', PIPELINE],
]);
