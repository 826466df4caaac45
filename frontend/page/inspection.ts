import type { Labels } from '@overseer/shared/queries';
import { valuesOf } from './series/series-columns.ts';
import type { Session } from './session.ts';

/** What tests and people at the console may look at: `window.overseer`. The page itself never does. */
export interface Inspection {
  readonly chart: {
    /** `performance.now()` when the chart was drawn last; 0: never. */
    drawnAt: number;
    /** Points of that draw. */
    pointsDrawn: number;
    /**
     * What the chart has, hidden series included: milliseconds since 1970, and a value or null for each.
     * @param panelId of the open dashboard; without: of what is explored
     */
    series(panelId?: string): { labels: Labels; times: number[]; values: (number | null)[] }[];
  };
}

declare global {
  interface Window {
    overseer: Inspection;
  }
}

/** Of the event `overseer:draw`, which the chart's element sends after each draw, and which bubbles. */
export interface DrawDetail {
  /** `performance.now()`. */
  readonly drawnAt: number;
  readonly pointsDrawn: number;
  /** Time of the newest step that was drawn; null: there is none. */
  readonly newestMs: number | null;
}

export const DRAW_EVENT = 'overseer:draw';

export function inspect(session: Session): void {
  window.overseer = {
    chart: {
      drawnAt: 0,
      pointsDrawn: 0,
      series(panelId) {
        const panel = panelId === undefined ? session.panel : session.panels.get(panelId);
        const rows = panel?.results.charted.value?.rows.value ?? [];
        return rows.map((row) => ({
          labels: row.labels,
          times: [...row.columns.times],
          values: [...valuesOf(row)].map((value) => (Number.isNaN(value) ? null : value)),
        }));
      },
    },
  };
}

/** Tells that the chart was drawn. */
export function announceDraw(element: HTMLElement, detail: DrawDetail): void {
  window.overseer.chart.drawnAt = detail.drawnAt;
  window.overseer.chart.pointsDrawn = detail.pointsDrawn;
  element.dispatchEvent(new CustomEvent(DRAW_EVENT, { detail, bubbles: true }));
}
