import type { Labels } from '@overseer/shared/queries';
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { LIVE_PATH } from '../live/protocol.ts';
import { signedInAs } from './access.ts';
import { Address, type View } from './address.ts';
import { Catalogue, type CatalogueMeasurement } from './catalogue/catalogue.ts';
import { firstPickable, newestDatabase, newestOf } from './catalogue/tree.ts';
import { ALL_SERIES, isShown } from './chart/series-selection.ts';
import { Clock } from './clock.ts';
import { mentionedNames, metricSelector } from './expression/metric-selector.ts';
import { commonLabels, NAMED_SERIES_MAX } from './labels.ts';
import { LiveClient } from './live/live-client.ts';
import type { LiveQuery, LiveQuestion } from './live/live-query.ts';
import type { Range } from './ranges.ts';
import type { SeriesRow } from './series/series-columns.ts';
import { Theme } from './theme.ts';

/** Everything the page knows while it is open. Components read its signals and call its methods. */
export class Session {
  readonly theme = new Theme();
  readonly catalogue = new Catalogue();
  readonly live: LiveClient;
  readonly clock: Clock;
  /** Name of the token that the user signed in with; undefined where nobody has to. */
  readonly signedInAs = signal<string | undefined>(undefined);

  readonly #address = new Address();
  readonly #wanted = signal<LiveQuery | undefined>(undefined);
  readonly #charted = signal<LiveQuery | undefined>(undefined);

  constructor() {
    void signedInAs().then((name) => {
      this.signedInAs.value = name;
    });
    const url = new URL(LIVE_PATH, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.live = new LiveClient(url.href, { onCatalogue: () => this.catalogue.refresh() });
    this.clock = new Clock(this.live.clockOffsetMs);
    addEventListener('online', () => this.live.retryNow());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.live.retryNow();
    });
    effect(() => this.#chooseFirst());
    effect(() => this.#ask(this.view.value));
    effect(() => this.#chart());
  }

  get view(): ReadonlySignal<View> {
    return this.#address.view;
  }

  /** What the view asks for. */
  get wanted(): ReadonlySignal<LiveQuery | undefined> {
    return this.#wanted;
  }

  /** What is drawn: the query before the wanted one until that has something to show. */
  get charted(): ReadonlySignal<LiveQuery | undefined> {
    return this.#charted;
  }

  /** Of the database in view. */
  readonly measurements: ReadonlySignal<readonly CatalogueMeasurement[]> =
    this.catalogue.measurements(computed(() => this.view.value.db));

  /** The catalogue is known, there is nothing in it, and nothing was asked for. */
  readonly isFirstRun = computed(
    () =>
      this.catalogue.databases.value !== undefined &&
      this.measurements.value.length === 0 &&
      this.view.value.expr === '',
  );

  /** The series that the chart draws; the others were hidden by the user. */
  readonly visibleRows = computed((): readonly SeriesRow[] => {
    const { series } = this.view.value;
    const rows = this.#charted.value?.rows.value ?? [];
    return series.ids.length === 0 ? rows : rows.filter(({ id }) => isShown(series, id));
  });

  /** What all series of the chart have in common, hidden ones included: each needs to tell only the rest. */
  readonly commonLabels = computed((): Labels => {
    const rows = this.#charted.value?.rows.value ?? [];
    return rows.length > NAMED_SERIES_MAX ? {} : commonLabels(rows.map(({ labels }) => labels));
  });

  /** When the newest sample of the metrics in the expression was taken; undefined: nobody knows. */
  readonly newestMs = computed(() =>
    newestOf(this.measurements.value, mentionedNames(this.view.value.expr)),
  );

  showDatabase(db: string): void {
    this.#address.go({ db, expr: '', series: ALL_SERIES });
  }

  showMetric(metric: string): void {
    this.showExpression(metricSelector(metric));
  }

  showExpression(expr: string): void {
    this.#address.go({ expr: expr.trim(), series: ALL_SERIES });
  }

  showRange(range: Range): void {
    this.#address.go({ range });
  }

  selectSeries(series: View['series']): void {
    this.#address.refine({ series });
  }

  /** A page that was not told what to show shows what was written last. */
  #chooseFirst(): void {
    const databases = this.catalogue.databases.value;
    if (!databases) return;
    const { db, expr } = this.view.value;
    const database =
      databases.find(({ name }) => name === db) ?? (db ? undefined : newestDatabase(databases));
    if (!database) return;
    if (!db) this.#address.refine({ db: database.name });
    const field = firstPickable(database.measurements);
    if (!expr && field) this.#address.refine({ expr: metricSelector(field.metric) });
  }

  #ask({ db, expr, range: { stepMs, rangeMs } }: View): void {
    const question = db && expr ? { db, expr, stepMs, rangeMs } : undefined;
    const before = this.#wanted.peek();
    if (isSame(question, before?.question)) return;
    if (before) this.live.unsubscribe(before);
    this.#wanted.value = question && this.live.subscribe(question);
  }

  #chart(): void {
    const wanted = this.#wanted.value;
    if (!wanted || wanted.hasArrived.value) this.#charted.value = wanted;
  }
}

function isSame(a: LiveQuestion | undefined, b: LiveQuestion | undefined): boolean {
  if (!a || !b) return a === b;
  const isSameExpression = a.db === b.db && a.expr === b.expr;
  return isSameExpression && a.stepMs === b.stepMs && a.rangeMs === b.rangeMs;
}
