import { THRESHOLD_LEVELS } from './panel-spec.ts';

/** Moments and stretches of time that samples mark on charts. */
export interface AnnotationSpec {
  /** What it is switched off by; unique among those of its panel or dashboard. */
  readonly name: string;
  /** Null: that of the panel or dashboard. */
  readonly db: string | null;
  readonly expr: string;
  readonly times: AnnotationTimes;
  /** What is told, with labels in braces: `{{host}} deployed {{version}}`; empty: the labels. */
  readonly text: string;
  readonly tone: Tone;
}

/** `steps`: for as long as a series has a value that is not zero. `values`: at the times that the values are, in seconds since 1970. */
export const ANNOTATION_TIMES = ['steps', 'values'] as const;
export type AnnotationTimes = (typeof ANNOTATION_TIMES)[number];

/** How a mark looks: as good or bad as thresholds, or neither. */
export const TONES = ['plain', ...THRESHOLD_LEVELS] as const;
export type Tone = (typeof TONES)[number];

/** What somebody has to say about a moment, or a stretch of time. */
export interface Note {
  /** Unique, whoever made it. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  /** Of a moment the same. */
  readonly toMs: number;
  readonly text: string;
  readonly tone: Tone;
}

/** Of a panel, and of a dashboard: each is asked for as a query is. */
export const ANNOTATIONS_MAX = 10;
/** Of a dashboard. */
export const NOTES_MAX = 200;
/** What stands in for notes where annotations are named: none is called so. */
export const NOTES_NAME = '';

export const ANNOTATION_NAME_CHARACTERS_MAX = 100;
export const NOTE_CHARACTERS_MAX = 500;

/** One that nothing is written of yet. */
export const EMPTY_ANNOTATION: AnnotationSpec = {
  name: '',
  db: null,
  expr: '',
  times: 'steps',
  text: '',
  tone: 'plain',
};
