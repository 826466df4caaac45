/** Paths at which the server has the page; what it shows there is the page's own business. */

export const EXPLORE_PATH = '/';
export const DASHBOARDS_PATH = '/dashboards';

const DASHBOARD = /^\/d\/([A-Za-z0-9-]{1,128})$/;

export function dashboardPath(id: string): string {
  return `/d/${id}`;
}

/** The dashboard that is at a path; undefined when none can be. */
export function dashboardIdOf(path: string): string | undefined {
  return DASHBOARD.exec(path)?.[1];
}

export function isPagePath(path: string): boolean {
  return path === EXPLORE_PATH || path === DASHBOARDS_PATH || dashboardIdOf(path) !== undefined;
}
