import type { Labels } from '@overseer/shared/queries';
import { type AnnotationSpec, NOTES_NAME, type Note, type Tone } from '../../model/annotation.ts';
import { distinguish, fillLegend } from '../labels.ts';
import { type SeriesRow, valuesOf } from '../series/series-columns.ts';

/** Marks of one annotation; of more, the newest. */
export const MARKS_MAX = 500;
/** Series that an annotation is read from: as many as there are reasons to tell of. */
export const SERIES_READ_MAX = 200;

/** A moment, or a stretch of time, that charts mark. */
export interface TimeMark {
  /** Tells it from all others of a chart. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  /** Of a moment the same. */
  readonly toMs: number;
  readonly text: string;
  readonly tone: Tone;
  /** The name of the annotation; `NOTES_NAME`: somebody made it. */
  readonly source: string;
  /** Of one that somebody made. */
  readonly note?: Note;
}

/** What an annotation comes to. */
export interface FoundMarks {
  readonly marks: readonly TimeMark[];
  /** Marks and series that are left out. */
  readonly isCut: boolean;
}

type Stretch = readonly [fromMs: number, toMs: number];

const NAMELESS: Labels = { __name__: '' };

/** The marks of an annotation: one for those that look the same. */
export function marksOf(rows: readonly SeriesRow[], spec: AnnotationSpec): FoundMarks {
  const marks = new Map<string, TimeMark>();
  for (const row of rows.slice(0, SERIES_READ_MAX)) {
    const text = textOf(row.labels, spec);
    for (const [fromMs, toMs] of spec.times === 'values' ? momentsOf(row) : stretchesOf(row)) {
      const key = JSON.stringify([spec.name, fromMs, toMs, text]);
      marks.set(key, { key, fromMs, toMs, text, tone: spec.tone, source: spec.name });
    }
  }
  const all = [...marks.values()].sort((a, b) => a.fromMs - b.fromMs);
  const isCut = all.length > MARKS_MAX || rows.length > SERIES_READ_MAX;
  return { marks: all.slice(-MARKS_MAX), isCut };
}

export function noteMark(note: Note): TimeMark {
  const { id, fromMs, toMs, text, tone } = note;
  return { key: `note:${id}`, fromMs, toMs, text, tone, source: NOTES_NAME, note };
}

/** Marks at a time, or so near to it that nobody could mean it more exactly. */
export function marksAt(
  marks: readonly TimeMark[],
  timeMs: number,
  reachMs: number,
): readonly TimeMark[] {
  return marks.filter(({ fromMs, toMs }) => timeMs >= fromMs - reachMs && timeMs <= toMs + reachMs);
}

/** Marks of which some part lies in between, by when they begin. */
export function marksBetween(
  marks: readonly TimeMark[],
  fromMs: number,
  toMs: number,
): readonly TimeMark[] {
  return marks
    .filter((mark) => mark.toMs >= fromMs && mark.fromMs <= toMs)
    .sort((a, b) => a.fromMs - b.fromMs);
}

/** The nearest mark that begins after a time, or before it; undefined: there is none. */
export function nextMark(
  marks: readonly TimeMark[],
  timeMs: number,
  direction: 1 | -1,
): TimeMark | undefined {
  const ahead = ({ fromMs }: TimeMark) => (fromMs - timeMs) * direction;
  return marks
    .filter((mark) => ahead(mark) > 0)
    .reduce<TimeMark | undefined>(
      (nearest, mark) => (nearest && ahead(nearest) <= ahead(mark) ? nearest : mark),
      undefined,
    );
}

function textOf(labels: Labels, { text, name }: AnnotationSpec): string {
  return fillLegend(text, labels) || distinguish(labels, NAMELESS) || name;
}

/** The times that the values are. */
function momentsOf(row: SeriesRow): Stretch[] {
  const times = new Set<number>();
  for (const value of valuesOf(row))
    if (Number.isFinite(value)) times.add(Math.round(value * 1000));
  return [...times].map((timeMs) => [timeMs, timeMs]);
}

/** Consecutive steps with values that are not zero. */
function stretchesOf(row: SeriesRow): Stretch[] {
  const { times } = row.columns;
  const stretches: Stretch[] = [];
  let start = -1;
  for (let index = 0; index <= times.length; index++) {
    if (index < times.length && isMarked(row, index)) {
      if (start < 0) start = index;
    } else if (start >= 0) {
      stretches.push([times[start] ?? 0, times[index - 1] ?? 0]);
      start = -1;
    }
  }
  return stretches;
}

/** Of a span that has its least and greatest value, either counts for both steps. */
function isMarked(row: SeriesRow, index: number): boolean {
  const values = valuesOf(row);
  const { pairsFrom } = row.columns;
  if (isSet(values[index])) return true;
  if (pairsFrom === undefined) return false;
  return isSet(values[(index - pairsFrom) % 2 === 0 ? index + 1 : index - 1]);
}

function isSet(value: number | undefined): boolean {
  return value !== undefined && !Number.isNaN(value) && value !== 0;
}
