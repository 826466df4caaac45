import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { AnnotationSpec } from '../../model/annotation.ts';
import { formatFrame, type TimeFrame } from '../../model/time-frame.ts';
import type { OpenQuery, QuerySource } from '../panel/panel-results.ts';
import { type FoundMarks, marksOf, type TimeMark } from './time-mark.ts';

/** An annotation as it is asked. */
export interface AskedAnnotation {
  readonly spec: AnnotationSpec;
  readonly db: string;
  /** With what is chosen of variables. */
  readonly expr: string;
}

export interface AnnotationMarksParts {
  readonly source: QuerySource;
  /** Those that are switched on. */
  readonly asked: ReadonlySignal<readonly AskedAnnotation[]>;
  readonly frame: ReadonlySignal<TimeFrame>;
}

/** Why an annotation marks nothing, or less than there is. */
export interface AnnotationTrouble {
  readonly name: string;
  readonly message: string;
}

interface OpenAnnotation {
  readonly spec: AnnotationSpec;
  readonly query: OpenQuery;
  readonly found: ReadonlySignal<FoundMarks>;
}

/** What the annotations of a panel or dashboard mark, kept up to date. */
export class AnnotationMarks {
  readonly #parts: AnnotationMarksParts;
  /** By what they ask. */
  readonly #open = signal<ReadonlyMap<string, OpenAnnotation>>(new Map());
  readonly #shown = signal<readonly TimeMark[]>([]);
  readonly #endings: (() => void)[];

  constructor(parts: AnnotationMarksParts) {
    this.#parts = parts;
    this.#endings = [
      effect(() => {
        const asked = parts.asked.value;
        const frame = parts.frame.value;
        untracked(() => this.#ask(asked, frame));
      }),
      effect(() => this.#show()),
    ];
  }

  /** Those of before stay until there are new ones. */
  get marks(): ReadonlySignal<readonly TimeMark[]> {
    return this.#shown;
  }

  readonly troubles = computed((): readonly AnnotationTrouble[] =>
    [...this.#open.value.values()].flatMap(({ spec: { name }, query: { result }, found }) => {
      const failure = result.failure.value;
      if (failure) return [{ name, message: failure.message }];
      return found.value.isCut ? [{ name, message: 'marks more than can be shown' }] : [];
    }),
  );

  close(): void {
    for (const end of this.#endings) end();
    for (const { query } of this.#open.peek().values()) query.close();
  }

  #ask(asked: readonly AskedAnnotation[], frame: TimeFrame): void {
    const before = this.#open.peek();
    const open = new Map<string, OpenAnnotation>();
    for (const { spec, db, expr } of asked) {
      const key = JSON.stringify([spec, db, expr, formatFrame(frame)]);
      const single = { db, query: { expr, letter: '' }, frame };
      open.set(key, before.get(key) ?? opened(spec, this.#parts.source.open(single)));
    }
    for (const [key, { query }] of before) if (!open.has(key)) query.close();
    this.#open.value = open;
  }

  #show(): void {
    const open = [...this.#open.value.values()];
    const isWaiting = open.some(
      ({ query: { result } }) => !result.hasArrived.value && !result.failure.value,
    );
    if (!isWaiting) this.#shown.value = open.flatMap(({ found }) => found.value.marks);
  }
}

function opened(spec: AnnotationSpec, query: OpenQuery): OpenAnnotation {
  const { result } = query;
  const found = computed(() => {
    result.revision.value;
    return marksOf(result.rows.value, spec);
  });
  return { spec, query, found };
}
