import { computed, type ReadonlySignal } from '@preact/signals';
import type { TimeFrame } from '../../model/time-frame.ts';
import { AnnotationMarks } from '../annotations/annotation-marks.ts';
import {
  askedOf,
  type NoteKeeper,
  namesOf,
  noteMarks,
  type Timeline,
} from '../annotations/timeline.ts';
import type { Expand } from '../panel/panel.ts';
import type { QuerySource } from '../panel/panel-results.ts';
import type { OpenDashboard } from './open-dashboard.ts';

export interface DashboardTimelineParts {
  readonly dashboard: OpenDashboard;
  readonly source: QuerySource;
  readonly frame: ReadonlySignal<TimeFrame>;
  /** Undefined: variables have nothing chosen yet. */
  readonly expand: ReadonlySignal<Expand | undefined>;
  readonly annotationsOff: ReadonlySignal<readonly string[]>;
}

/** What all panels of a dashboard mark: each annotation is asked once. */
export class DashboardTimeline implements Timeline {
  readonly notes: NoteKeeper;
  readonly #parts: DashboardTimelineParts;
  readonly #annotations: AnnotationMarks;

  constructor(parts: DashboardTimelineParts) {
    this.#parts = parts;
    const { dashboard, source, frame } = parts;
    this.#annotations = new AnnotationMarks({ source, frame, asked: this.#asked });
    this.notes = {
      all: computed(() => dashboard.spec.value.notes),
      refusal: dashboard.notesRefusal,
      change: (change) => dashboard.changeNotes(change),
    };
  }

  readonly #asked = computed(() => {
    const { dashboard, expand, annotationsOff } = this.#parts;
    const { annotations, db } = dashboard.spec.value;
    return expand.value ? askedOf(annotations, db, annotationsOff.value, expand.value) : [];
  });

  readonly marks = computed(() => {
    const { dashboard, annotationsOff } = this.#parts;
    return [
      ...this.#annotations.marks.value,
      ...noteMarks(dashboard.spec.value.notes, annotationsOff.value),
    ];
  });

  /** Those of single panels, too. */
  readonly names = computed(() => {
    const { annotations, panels, notes } = this.#parts.dashboard.spec.value;
    return namesOf([...annotations, ...panels.flatMap(({ spec }) => spec.annotations)], notes);
  });

  get troubles() {
    return this.#annotations.troubles;
  }

  close(): void {
    this.#annotations.close();
  }
}
