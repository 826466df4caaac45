import { computed, type ReadonlySignal } from '@preact/signals';
import { type AnnotationSpec, NOTES_NAME, type Note } from '../../model/annotation.ts';
import type { AnnotationTrouble, AskedAnnotation } from './annotation-marks.ts';
import { noteMark, type TimeMark } from './time-mark.ts';

/** What the charts of a page mark besides what each of them marks alone, and who keeps the notes made on them. */
export interface Timeline {
  readonly marks: ReadonlySignal<readonly TimeMark[]>;
  /** What there is to switch on and off, by name: `NOTES_NAME` among them where there are notes. */
  readonly names: ReadonlySignal<readonly string[]>;
  readonly troubles: ReadonlySignal<readonly AnnotationTrouble[]>;
  readonly notes: NoteKeeper;
}

/** Where notes are kept. */
export interface NoteKeeper {
  readonly all: ReadonlySignal<readonly Note[]>;
  /** Why no note can be made or changed; undefined: they can. */
  readonly refusal: ReadonlySignal<string | undefined>;
  /** Keeps notes that were changed. @throws Error saying why they are not kept */
  change(change: (notes: readonly Note[]) => readonly Note[]): Promise<void>;
}

/** The notes with this one, new or in place of what it was. */
export function withNote(notes: readonly Note[], note: Note): readonly Note[] {
  return [...notes.filter(({ id }) => id !== note.id), note];
}

/** Annotations as they are asked: those that are switched on, of the database that they name or that one. */
export function askedOf(
  annotations: readonly AnnotationSpec[],
  db: string,
  off: readonly string[],
  expand: (expr: string) => string = (expr) => expr,
): AskedAnnotation[] {
  return annotations.flatMap((spec) => {
    const asked = { spec, db: spec.db ?? db, expr: expand(spec.expr) };
    return spec.expr === '' || asked.db === '' || off.includes(spec.name) ? [] : [asked];
  });
}

/** Marks of the notes, unless they are switched off. */
export function noteMarks(notes: readonly Note[], off: readonly string[]): readonly TimeMark[] {
  return off.includes(NOTES_NAME) ? [] : notes.map(noteMark);
}

/** Of a list, each once. */
export function namesOf(
  annotations: readonly AnnotationSpec[],
  notes: readonly Note[],
): readonly string[] {
  const names = annotations.map(({ name }) => name);
  return [...new Set(notes.length > 0 ? [...names, NOTES_NAME] : names)];
}

export interface AddressTimelineParts {
  readonly annotations: ReadonlySignal<readonly AnnotationSpec[]>;
  readonly notes: ReadonlySignal<readonly Note[]>;
  readonly off: ReadonlySignal<readonly string[]>;
  readonly onNotes: (notes: readonly Note[]) => void;
}

/** In an address, longer ones than browsers and servers take would come about. */
export const ADDRESS_NOTES_MAX = 20;

/** Of what is explored: its notes are in the address, and so in every link to it. */
export class AddressTimeline implements Timeline {
  readonly #parts: AddressTimelineParts;
  readonly notes: NoteKeeper;

  constructor(parts: AddressTimelineParts) {
    this.#parts = parts;
    this.notes = {
      all: parts.notes,
      refusal: computed(() => undefined),
      change: async (change) => {
        const changed = change(parts.notes.peek());
        if (changed.length > ADDRESS_NOTES_MAX) {
          throw new Error(
            `An address has ${ADDRESS_NOTES_MAX} notes at the most: save this to a dashboard, which keeps more.`,
          );
        }
        parts.onNotes(changed);
      },
    };
  }

  readonly marks = computed(() => noteMarks(this.#parts.notes.value, this.#parts.off.value));

  readonly names = computed(() => namesOf(this.#parts.annotations.value, this.#parts.notes.value));

  readonly troubles = computed((): readonly AnnotationTrouble[] => []);
}
