import { computed, effect, signal } from '@preact/signals';
import type { DashboardSpec, PlacedPanel } from '../../model/dashboard-spec.ts';
import { PANELS_MAX } from '../../model/dashboard-spec.ts';
import { graphOf, type PanelSpec } from '../../model/panel-spec.ts';
import { parseFrame } from '../../model/time-frame.ts';
import { ALL_SERIES } from '../chart/series-selection.ts';
import { type DashboardPlace, dashboardPlace, EXPLORE } from '../place.ts';
import { randomId } from '../random-id.ts';
import type { Session } from '../session.ts';
import { DashboardTimeline } from './dashboard-timeline.ts';
import { freePlace } from './layout.ts';
import type { OpenDashboard } from './open-dashboard.ts';
import { substitute } from './substitution.ts';
import { Variables } from './variables.ts';

/** Of new panels. */
export const PANEL_SIZE = { width: 12, height: 8 } as const;

/** A dashboard with what its address says: what is chosen of the variables, and which panel is looked at or changed. */
export class DashboardPage {
  readonly variables: Variables;
  readonly timeline: DashboardTimeline;
  /** Put before the user above the page. */
  readonly opened = signal<'settings' | 'history' | undefined>(undefined);
  readonly #endings: (() => void)[];

  constructor(
    readonly session: Session,
    readonly dashboard: OpenDashboard,
  ) {
    this.variables = new Variables({
      specs: computed(() => dashboard.spec.value.variables),
      db: computed(() => dashboard.spec.value.db),
      chosen: computed(() => this.place.value.choices),
    });
    this.timeline = new DashboardTimeline({
      dashboard,
      source: session.source,
      frame: session.time.shown,
      expand: computed(() => (this.variables.isSettled.value ? this.expand.value : undefined)),
      annotationsOff: session.annotationsOff,
    });
    session.timeline.value = this.timeline;
    this.#showOwnRange();
    session.expand.value = this.expand.peek();
    this.#endings = [
      effect(() => {
        session.expand.value = this.expand.value;
      }),
      effect(() => this.#follow()),
    ];
  }

  readonly place = computed((): DashboardPlace => {
    const place = this.session.place.value;
    return place.kind === 'dashboard' ? place : dashboardPlace(this.dashboard.id);
  });

  /** How an expression of a panel is asked. */
  readonly expand = computed(() => {
    const choices = this.variables.choices.value;
    return (expr: string) => substitute(expr, choices);
  });

  /** The panel that the address names; undefined: none, or there is none of that id. */
  readonly focused = computed(() => {
    const { panelId } = this.place.value;
    return this.dashboard.spec.value.panels.find(({ id }) => id === panelId);
  });

  readonly isPanelEdited = computed(() => this.place.value.isPanelEdited);

  /** @param values empty: all */
  choose(name: string, values: readonly string[]): void {
    const place = this.place.peek();
    this.session.go({}, { ...place, choices: new Map(place.choices).set(name, values) });
  }

  /** Shows one panel alone; null: all of them again. */
  showPanel(id: string | null): void {
    this.#goTo({ panelId: id, isPanelEdited: false });
  }

  editPanel({ id, db, spec }: PlacedPanel): void {
    const place = { ...this.place.peek(), panelId: id, isPanelEdited: true };
    const panelDb = db ?? this.dashboard.spec.peek().db;
    this.session.go({ db: panelDb, panel: spec, series: ALL_SERIES }, place);
  }

  /** Takes what the editor has into the dashboard. */
  finishPanel(title: string): void {
    const panel = this.focused.peek();
    if (panel) {
      const { db, panel: spec } = this.session.view.peek();
      this.dashboard.isEditing.value = true;
      this.dashboard.changePanel(panel.id, (before) => ({
        ...before,
        db: db === this.dashboard.spec.peek().db ? null : db,
        spec: { ...spec, title },
      }));
    }
    this.showPanel(null);
  }

  /** Shows the same, and more of it, where nothing is kept. */
  explorePanel({ db, spec }: PlacedPanel): void {
    const expand = this.expand.peek();
    const expanded = <Asked extends { readonly expr: string }>(all: readonly Asked[]): Asked[] =>
      all.map((asked) => ({ ...asked, expr: expand(asked.expr) }));
    const queries = expanded(spec.queries);
    const annotations = expanded(spec.annotations);
    const panelDb = db ?? this.dashboard.spec.peek().db;
    const panel = { ...spec, queries, annotations };
    this.session.go({ db: panelDb, panel, series: ALL_SERIES }, EXPLORE);
  }

  /** A new panel, which is then to be filled. */
  addPanel(): void {
    const id = this.#insert(graphOf(), PANEL_SIZE, null);
    const panel = this.dashboard.spec.peek().panels.find((added) => added.id === id);
    if (panel) this.editPanel(panel);
  }

  duplicatePanel({ spec, width, height, db }: PlacedPanel): void {
    this.#insert(spec, { width, height }, db);
  }

  removePanel(id: string): void {
    this.dashboard.isEditing.value = true;
    this.dashboard.change((spec) => ({
      ...spec,
      panels: spec.panels.filter((panel) => panel.id !== id),
    }));
  }

  close(): void {
    for (const end of this.#endings) end();
    this.variables.close();
    this.session.expand.value = undefined;
    this.session.timeline.value = this.session.ownTimeline;
    this.timeline.close();
    this.dashboard.close();
  }

  /** @returns its id; undefined: there are as many as there may be */
  #insert(
    spec: PanelSpec,
    size: { readonly width: number; readonly height: number },
    db: string | null,
  ): string | undefined {
    this.dashboard.isEditing.value = true;
    if (this.dashboard.spec.peek().panels.length >= PANELS_MAX) {
      const text = `A dashboard has ${PANELS_MAX} panels at the most: remove one before.`;
      this.dashboard.news.value = { kind: 'failed', text, details: [] };
      return undefined;
    }
    const id = randomId();
    this.dashboard.change((before) => withPanel(before, { id, ...size, db, spec }));
    return id;
  }

  #goTo(change: Partial<DashboardPlace>): void {
    const place = { ...this.place.peek(), ...change };
    this.session.go({ db: '', panel: graphOf(), series: ALL_SERIES }, place);
  }

  /** An address that says nothing of time shows what the dashboard was saved with. */
  #showOwnRange(): void {
    if (new URLSearchParams(location.search).has('range')) return;
    const frame = parseFrame(this.dashboard.spec.peek().range);
    if (frame) this.session.refine({ frame, zooms: [] });
  }

  #follow(): void {
    const told = this.session.dashboardNews.value;
    if (told?.id === this.dashboard.id) void this.dashboard.follow(told.revision);
  }
}

/** The dashboard with one more panel, where there is room for it. */
export function withPanel(
  dashboard: DashboardSpec,
  panel: Omit<PlacedPanel, 'column' | 'row'>,
): DashboardSpec {
  const placed = { ...panel, ...freePlace(dashboard.panels, panel) };
  return { ...dashboard, panels: [...dashboard.panels, placed] };
}
