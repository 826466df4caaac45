import type { Labels } from '@overseer/shared/queries';
import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { PanelOptions, PanelSpec } from '../../model/panel-spec.ts';
import type { TimeFrame } from '../../model/time-frame.ts';
import { AnnotationMarks } from '../annotations/annotation-marks.ts';
import type { TimeMark } from '../annotations/time-mark.ts';
import { askedOf, type Timeline } from '../annotations/timeline.ts';
import type { CatalogueMeasurement } from '../catalogue/catalogue.ts';
import { newestOf } from '../catalogue/tree.ts';
import { ChartState } from '../chart/chart-state.ts';
import { isShown, type SeriesSelection } from '../chart/series-selection.ts';
import { mentionedNames } from '../expression/metric-selector.ts';
import { commonLabels, NAMED_SERIES_MAX, type SeriesNaming } from '../labels.ts';
import type { QueryResult } from '../series/query-result.ts';
import { identityOf, type SeriesRow } from '../series/series-columns.ts';
import { PanelResults, type QuerySource } from './panel-results.ts';
import type { PanelQuestion } from './result-set.ts';
import { StillPicture } from './still-picture.ts';

/** Puts what is chosen of variables into an expression. */
export type Expand = (expr: string) => string;

export interface PanelParts {
  readonly source: QuerySource;
  /** Of the database. */
  readonly measurements: ReadonlySignal<readonly CatalogueMeasurement[]>;
  readonly db: ReadonlySignal<string>;
  readonly spec: ReadonlySignal<PanelSpec>;
  /** How an expression is asked: with what is chosen of variables. Undefined: as it is. */
  readonly expand?: ReadonlySignal<Expand | undefined>;
  readonly frame: ReadonlySignal<TimeFrame>;
  /** All that is live is to stand still. */
  readonly isPaused: ReadonlySignal<boolean>;
  /** What it marks besides its own annotations. */
  readonly timeline: ReadonlySignal<Timeline>;
  /** Names of annotations that are switched off. */
  readonly annotationsOff: ReadonlySignal<readonly string[]>;
  readonly selection: ReadonlySignal<SeriesSelection>;
  /** The user wants to see other series. */
  readonly onSelect: (selection: SeriesSelection) => void;
  /** The user wants values to be shown in another way; null: they can't. */
  readonly onOptions: ((change: Partial<PanelOptions>) => void) | null;
}

/** One panel while it is open: what it shows, what came of it, and what the user does with it. */
export class Panel {
  readonly chart = new ChartState();
  /** The values of the chart are shown in a table, above it. */
  readonly isTableShown = signal(false);
  readonly results: PanelResults;
  /** Its own. */
  readonly annotations: AnnotationMarks;
  readonly #parts: PanelParts;
  readonly #still = signal<StillPicture | undefined>(undefined);
  readonly #stopFollowing: () => void;

  constructor(parts: PanelParts) {
    this.#parts = parts;
    this.results = new PanelResults(parts.source, this.#question);
    this.annotations = new AnnotationMarks({
      source: parts.source,
      asked: this.#annotations,
      frame: parts.frame,
    });
    this.#stopFollowing = effect(() => this.#standStill());
  }

  get spec(): ReadonlySignal<PanelSpec> {
    return this.#parts.spec;
  }

  get db(): ReadonlySignal<string> {
    return this.#parts.db;
  }

  /** Of the database. */
  get measurements(): ReadonlySignal<readonly CatalogueMeasurement[]> {
    return this.#parts.measurements;
  }

  get frame(): ReadonlySignal<TimeFrame> {
    return this.#parts.frame;
  }

  get selection(): ReadonlySignal<SeriesSelection> {
    return this.#parts.selection;
  }

  readonly queries = computed(() => this.#parts.spec.value.queries);

  readonly #question = computed((): PanelQuestion | undefined => {
    const { db, spec, frame } = this.#parts;
    const expand = this.#parts.expand?.value ?? ((expr: string) => expr);
    const queries = spec.value.queries.flatMap(({ expr, letter, isHidden }) =>
      expr === '' || isHidden ? [] : [identityOf(expand(expr), letter)],
    );
    if (db.value === '' || queries.length === 0) return undefined;
    return { db: db.value, queries, frame: frame.value };
  });

  readonly #annotations = computed(() => {
    const { db, spec, annotationsOff, expand } = this.#parts;
    return askedOf(spec.value.annotations, db.value, annotationsOff.value, expand?.value);
  });

  /** Moments and stretches of time that the chart marks. */
  readonly marks = computed((): readonly TimeMark[] => {
    const own = this.annotations.marks.value;
    const shared = this.#parts.timeline.value.marks.value;
    if (own.length === 0) return shared;
    return shared.length === 0 ? own : [...own, ...shared];
  });

  /** The series that are drawn; the others were hidden by the user. */
  readonly visibleRows = computed((): readonly SeriesRow[] => {
    const selection = this.#parts.selection.value;
    const rows = this.#still.value?.rows ?? this.results.charted.value?.rows.value ?? [];
    return selection.ids.length === 0 ? rows : rows.filter(({ id }) => isShown(selection, id));
  });

  /** What is shown instead of what is live: while somebody looks at a place of it, or has paused the page. */
  get still(): ReadonlySignal<StillPicture | undefined> {
    return this.#still;
  }

  /** Changes with what is shown: not while the picture stands still. */
  readonly revision = computed(
    () => this.#still.value ?? this.results.charted.value?.revision.value,
  );

  /** What all series have in common, hidden ones included: each needs to tell only the rest. */
  readonly commonLabels = computed((): Labels => {
    const rows = this.results.charted.value?.rows.value ?? [];
    return rows.length > NAMED_SERIES_MAX ? {} : commonLabels(rows.map(({ labels }) => labels));
  });

  /** What its series are called by. */
  readonly naming = computed((): SeriesNaming => {
    const { queries } = this.#parts.spec.value;
    const legends = queries.flatMap(({ expr, letter, legend, isHidden }) =>
      isHidden ? [] : [[identityOf(expr, letter).letter, legend] as const],
    );
    return { common: this.commonLabels.value, legends: new Map(legends) };
  });

  /** What the query of that letter has come to; undefined: it is not asked. */
  resultOf(ofQuery: string): QueryResult | undefined {
    const { letter } = identityOf('', ofQuery);
    const results = this.results.wanted.value?.results;
    return results?.find(({ columns }) => columns.query.letter === letter);
  }

  /** The expressions of all queries, for people. */
  readonly text = computed(() => this.#parts.spec.value.queries.map(({ expr }) => expr).join(', '));

  /** When the newest sample of the metrics in the expressions was taken; undefined: nobody knows. */
  readonly newestMs = computed(() =>
    newestOf(this.#parts.measurements.value, mentionedNames(this.text.value)),
  );

  select(selection: SeriesSelection): void {
    this.#parts.onSelect(selection);
  }

  /** Whether the user can have values shown in another way. */
  get hasOptions(): boolean {
    return this.#parts.onOptions !== null;
  }

  setOptions(change: Partial<PanelOptions>): void {
    this.#parts.onOptions?.(change);
  }

  close(): void {
    this.#stopFollowing();
    this.results.close();
    this.annotations.close();
  }

  #standStill(): void {
    const { isPaused, frame } = this.#parts;
    const isLooking = this.chart.pointed.value !== undefined && !this.chart.pinned.value;
    const isHeld = frame.value.kind === 'rolling' && (isPaused.value || isLooking);
    const charted = this.results.charted.value;
    if (!isHeld || !charted?.hasArrived.value) this.#still.value = undefined;
    else if (this.#still.peek()?.set !== charted) {
      this.#still.value = untracked(() => new StillPicture(charted));
    }
  }
}
