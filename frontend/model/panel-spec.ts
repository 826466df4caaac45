/** What one panel shows, as it is kept: in the address, and in dashboards. */
export interface PanelSpec {
  readonly queries: readonly PanelQuery[];
}

export interface PanelQuery {
  readonly expr: string;
}

/** Queries of one panel; each is evaluated by itself. */
export const QUERIES_MAX = 26;

/** "A", "B" …: how people speak of the queries of a panel. */
export function queryLetter(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
