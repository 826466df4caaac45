import { computed, type ReadonlySignal, signal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { PlacedPanel } from '../../model/dashboard-spec.ts';
import { graphOf } from '../../model/panel-spec.ts';
import { ALL_SERIES, type SeriesSelection } from '../chart/series-selection.ts';
import { valuesItems } from '../export/panel-menu.tsx';
import { Panel } from '../panel/panel.ts';
import { PanelView } from '../panel/panel-view.tsx';
import type { DashboardPage } from './dashboard-page.ts';
import { Menu, type MenuItem } from './menu.tsx';
import { substitutePanel } from './substitution.ts';

/** So far beyond the edge of the screen panels are made ready. */
const NEAR = '50% 0px';

interface GridPanelProps {
  readonly page: DashboardPage;
  readonly panelId: string;
}

/** A panel of the dashboard: it asks while it is near the screen. */
export function GridPanel({ page, panelId }: GridPanelProps) {
  const element = useRef<HTMLDivElement>(null);
  const isNear = useIsNear(element);
  const panel = useMemo(() => openPanel(page, panelId, isNear), [page, panelId, isNear]);
  useEffect(() => {
    const { panels } = page.session;
    panels.set(panelId, panel);
    return () => {
      if (panels.get(panelId) === panel) panels.delete(panelId);
      panel.close();
    };
  }, [page, panelId, panel]);
  const placed = page.dashboard.spec.value.panels.find(({ id }) => id === panelId);
  return (
    <div ref={element} class="grid-panel">
      <PanelView session={page.session} panel={panel} />
      {placed && (
        <div class="grid-panel-menu">
          <Menu
            label={`What to do with ${placed.spec.title || 'this panel'}`}
            testId={`menu:${panelId}`}
            items={[
              ...itemsOf(page, placed),
              ...valuesItems(
                { session: page.session, panel },
                () => element.current?.querySelector('.panel') ?? null,
              ),
            ]}
          />
        </div>
      )}
    </div>
  );
}

function itemsOf(page: DashboardPage, placed: PlacedPanel): MenuItem[] {
  const { id } = placed;
  const isAlone = page.place.value.panelId === id;
  const changes = [
    { id: 'edit-panel', label: 'Edit', onPick: () => page.editPanel(placed) },
    { id: 'duplicate-panel', label: 'Duplicate', onPick: () => page.duplicatePanel(placed) },
    { id: 'remove-panel', label: 'Remove', onPick: () => page.removePanel(id) },
  ];
  return [
    isAlone
      ? { id: 'show-all', label: 'Show all panels', onPick: () => page.showPanel(null) }
      : { id: 'maximise', label: 'Maximise', onPick: () => page.showPanel(id) },
    { id: 'explore-panel', label: 'Explore', onPick: () => page.explorePanel(placed) },
    ...(page.dashboard.canSave.value ? changes : []),
  ];
}

function openPanel(page: DashboardPage, panelId: string, isNear: ReadonlySignal<boolean>): Panel {
  const { session, dashboard, variables } = page;
  const placed = computed(() => dashboard.spec.value.panels.find(({ id }) => id === panelId));
  const db = computed(() => placed.value?.db ?? dashboard.spec.value.db);
  const selection = signal<SeriesSelection>(ALL_SERIES);
  // A panel that is removed stays for as long as it takes to leave the page.
  const last = { spec: placed.peek()?.spec ?? graphOf() };
  return new Panel({
    source: session.source,
    measurements: session.catalogue.measurements(db),
    db: computed(() => (isNear.value && variables.isSettled.value ? db.value : '')),
    spec: computed(() => {
      last.spec = placed.value?.spec ?? last.spec;
      return substitutePanel(last.spec, variables.choices.value);
    }),
    frame: session.time.shown,
    isPaused: session.isPaused,
    timeline: session.timeline,
    annotationsOff: session.annotationsOff,
    onOptions: null,
    selection,
    onSelect: (selected) => {
      selection.value = selected;
    },
  });
}

function useIsNear(element: RefObject<HTMLElement | null>): ReadonlySignal<boolean> {
  const isNear = useSignal(false);
  useEffect(() => {
    if (!element.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        isNear.value = entries.at(-1)?.isIntersecting ?? false;
      },
      { root: element.current.closest('.main'), rootMargin: NEAR },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, isNear]);
  return isNear;
}
