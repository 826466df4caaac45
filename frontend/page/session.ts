import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type DashboardChanged, LIVE_PATH } from '../live/protocol.ts';
import type { Note } from '../model/annotation.ts';
import { graphOf, type PanelQuery } from '../model/panel-spec.ts';
import { signedInAs } from './access.ts';
import { Address, type View } from './address.ts';
import { AddressTimeline, type Timeline } from './annotations/timeline.ts';
import { Catalogue, type CatalogueMeasurement } from './catalogue/catalogue.ts';
import { firstPickable, newestDatabase } from './catalogue/tree.ts';
import { ALL_SERIES } from './chart/series-selection.ts';
import { Clock } from './clock.ts';
import { metricSelector } from './expression/metric-selector.ts';
import { LiveClient } from './live/live-client.ts';
import { followLinks } from './page-links.ts';
import { type Expand, Panel } from './panel/panel.ts';
import { QuerySources } from './panel/query-sources.ts';
import type { Place } from './place.ts';
import { SharedCursor } from './shared-cursor.ts';
import { bindPageShortcuts } from './shortcuts/page-shortcuts.ts';
import { ShortcutKeys } from './shortcuts/shortcut-keys.ts';
import { Theme } from './theme.ts';
import { RecentFrames } from './time/recent-frames.ts';
import { TimeControl } from './time/time-control.ts';
import { ZoneChoice } from './time/zone-choice.ts';

/** Everything the page knows while it is open. Components read its signals and call its methods. */
export class Session {
  readonly theme = new Theme();
  readonly catalogue = new Catalogue();
  readonly live: LiveClient;
  readonly clock: Clock;
  /** Name of the token that the user signed in with; undefined where nobody has to. */
  readonly signedInAs = signal<string | undefined>(undefined);
  readonly time: TimeControl;
  /** Live panels stand still until the user lets them go on. */
  readonly isPaused = signal(false);
  readonly cursor = new SharedCursor();
  readonly recentFrames = new RecentFrames();
  readonly shortcuts = new ShortcutKeys();
  readonly zone: ZoneChoice;
  /** Of what is explored. */
  readonly ownTimeline: Timeline;
  /** The panel that shows what the address tells. */
  readonly panel: Panel;

  /** What panels of the page take their points from. */
  readonly source: QuerySources;

  /** Panels of the dashboard that is open, by their ids. */
  readonly panels = new Map<string, Panel>();
  /** How expressions are asked where there are variables. */
  readonly expand = signal<Expand | undefined>(undefined);
  /** Of what is explored; while a dashboard is open, the dashboard's. */
  readonly timeline: Signal<Timeline>;
  /** The note that is being written; undefined: none is. */
  readonly writtenNote = signal<Note | undefined>(undefined);
  /** The dashboard that somebody has saved last. */
  readonly dashboardNews = signal<DashboardChanged | undefined>(undefined);

  readonly #address = new Address();

  constructor() {
    void signedInAs().then((name) => {
      this.signedInAs.value = name;
    });
    const url = new URL(LIVE_PATH, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.live = new LiveClient(url.href, {
      onCatalogue: () => this.catalogue.refresh(),
      onDashboard: (changed) => {
        this.dashboardNews.value = changed;
      },
    });
    this.clock = new Clock(this.live.clockOffsetMs);
    addEventListener('online', () => this.live.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.live.retryNow();
    });
    followLinks((href) => this.visit(href));
    effect(() => this.#chooseFirst());
    this.zone = new ZoneChoice(this.view, (change) => this.refine(change));
    const { nowMs } = this.clock;
    this.time = new TimeControl({
      view: this.view,
      go: (change) => this.#address.go(change),
      nowMs,
    });
    this.source = new QuerySources(this.live, () => nowMs.peek());
    this.ownTimeline = new AddressTimeline({
      annotations: computed(() => this.view.value.panel.annotations),
      notes: computed(() => this.view.value.notes),
      off: this.annotationsOff,
      onNotes: (notes) => this.go({ notes }),
    });
    this.timeline = signal<Timeline>(this.ownTimeline);
    this.panel = new Panel({
      source: this.source,
      measurements: this.measurements,
      db: computed(() => this.view.value.db),
      spec: computed(() => this.view.value.panel),
      expand: this.expand,
      frame: this.time.shown,
      isPaused: this.isPaused,
      timeline: this.timeline,
      annotationsOff: this.annotationsOff,
      selection: computed(() => this.view.value.series),
      onSelect: (series) => this.#address.refine({ series }),
      onOptions: (change) => this.#address.go({ panel: { ...this.view.peek().panel, ...change } }),
    });
    bindPageShortcuts(this);
    this.shortcuts.listen();
  }

  get view(): ReadonlySignal<View> {
    return this.#address.view;
  }

  get place(): ReadonlySignal<Place> {
    return this.#address.place;
  }

  /** Another place, or another view of it, to which "back" leads from the one after it. */
  go(change: Partial<View>, place?: Place): void {
    this.#address.go(change, place);
  }

  /** Goes where a link leads. @param href path and query part */
  visit(href: string): void {
    this.#address.visit(href);
  }

  /** The same, told in more detail: no step of its own for "back". */
  refine(change: Partial<View>, place?: Place): void {
    this.#address.refine(change, place);
  }

  /** Of the database in view. */
  readonly measurements: ReadonlySignal<readonly CatalogueMeasurement[]> =
    this.catalogue.measurements(computed(() => this.view.value.db));

  /** The catalogue is known, there is nothing in it, and nothing was asked for. */
  readonly isFirstRun = computed(
    () =>
      this.catalogue.databases.value !== undefined &&
      this.measurements.value.length === 0 &&
      this.view.value.panel.queries.length === 0,
  );

  showDatabase(db: string): void {
    this.#address.go({ db, panel: graphOf(), series: ALL_SERIES, about: null });
  }

  showMetric(metric: string): void {
    const { view } = this.view.peek().panel;
    // Its values are of something else: only the view stays.
    this.#address.go({ panel: { ...graphOf(metricSelector(metric)), view }, series: ALL_SERIES });
  }

  /** These are drawn, in the same way as those before; of others, all series are. */
  showQueries(queries: readonly PanelQuery[]): void {
    const { panel, series } = this.view.peek();
    const exprsOf = (of: readonly PanelQuery[]) => of.map(({ expr }) => expr);
    const isSame = exprsOf(queries).join('\n') === exprsOf(panel.queries).join('\n');
    this.#address.go({ panel: { ...panel, queries }, series: isSame ? series : ALL_SERIES });
  }

  /** Names of annotations that are switched off. */
  readonly annotationsOff = computed(() => this.view.value.annotationsOff);

  switchAnnotation(name: string): void {
    const { annotationsOff } = this.view.peek();
    const others = annotationsOff.filter((off) => off !== name);
    const isOff = others.length < annotationsOff.length;
    this.#address.go({ annotationsOff: isOff ? others : [...others, name] });
  }

  togglePause(): void {
    this.isPaused.value = !this.isPaused.peek();
  }

  /** A page that was not told what to show shows what was written last. */
  #chooseFirst(): void {
    if (this.place.value.kind !== 'explore') return;
    const databases = this.catalogue.databases.value;
    if (!databases) return;
    const { db, panel } = this.view.value;
    const database =
      databases.find(({ name }) => name === db) ?? (db ? undefined : newestDatabase(databases));
    if (!database) return;
    if (!db) this.#address.refine({ db: database.name });
    const field = firstPickable(database.measurements);
    if (panel.queries.length === 0 && field) {
      const { queries } = graphOf(metricSelector(field.metric));
      this.#address.refine({ panel: { ...panel, queries } });
    }
  }
}
