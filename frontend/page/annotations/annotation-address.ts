import {
  ANNOTATION_NAME_CHARACTERS_MAX,
  ANNOTATION_TIMES,
  ANNOTATIONS_MAX,
  type AnnotationSpec,
  EMPTY_ANNOTATION,
  NOTE_CHARACTERS_MAX,
  type Note,
  TONES,
} from '../../model/annotation.ts';
import { ADDRESS_NOTES_MAX } from './timeline.ts';

/** As in a dashboard's file. */
const NOTE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Each is one parameter, which is written as the parameters of an address again: what is the default is left out. */
export function writeAnnotations(
  annotations: readonly AnnotationSpec[],
  parameters: URLSearchParams,
): void {
  for (const annotation of annotations) {
    const own = new URLSearchParams();
    for (const key of ['name', 'expr', 'text', 'tone', 'times', 'db'] as const) {
      const value = annotation[key];
      if (value !== null && value !== EMPTY_ANNOTATION[key]) own.set(key, value);
    }
    parameters.append('mark', own.toString());
  }
}

/** Those that are whole, each name once. */
export function parseAnnotations(parameters: URLSearchParams): AnnotationSpec[] {
  const annotations = new Map<string, AnnotationSpec>();
  for (const text of parameters.getAll('mark')) {
    const own = new URLSearchParams(text);
    const name = (own.get('name') ?? '').slice(0, ANNOTATION_NAME_CHARACTERS_MAX);
    const expr = own.get('expr') ?? '';
    if (name === '' || expr === '' || annotations.has(name)) continue;
    annotations.set(name, {
      name,
      db: own.get('db'),
      expr,
      times: oneOf(ANNOTATION_TIMES, own.get('times')) ?? EMPTY_ANNOTATION.times,
      text: (own.get('text') ?? '').slice(0, NOTE_CHARACTERS_MAX),
      tone: oneOf(TONES, own.get('tone')) ?? EMPTY_ANNOTATION.tone,
    });
  }
  return [...annotations.values()].slice(0, ANNOTATIONS_MAX);
}

export function writeNotes(notes: readonly Note[], parameters: URLSearchParams): void {
  for (const { id, fromMs, toMs, text, tone } of notes) {
    const own = new URLSearchParams({ id, from: new Date(fromMs).toISOString() });
    if (toMs !== fromMs) own.set('to', new Date(toMs).toISOString());
    if (tone !== 'plain') own.set('tone', tone);
    own.set('text', text);
    parameters.append('note', own.toString());
  }
}

export function parseNotes(parameters: URLSearchParams): Note[] {
  const notes = parameters.getAll('note').flatMap(parseNote);
  const byId = new Map(notes.map((note) => [note.id, note]));
  return [...byId.values()].slice(0, ADDRESS_NOTES_MAX);
}

function parseNote(written: string): Note[] {
  const own = new URLSearchParams(written);
  const id = own.get('id') ?? '';
  const fromMs = Date.parse(own.get('from') ?? '');
  const toMs = Date.parse(own.get('to') ?? own.get('from') ?? '');
  if (!NOTE_ID.test(id) || !(fromMs >= 0 && toMs >= fromMs)) return [];
  const text = (own.get('text') ?? '').slice(0, NOTE_CHARACTERS_MAX);
  return [{ id, fromMs, toMs, text, tone: oneOf(TONES, own.get('tone')) ?? 'plain' }];
}

function oneOf<Name extends string>(names: readonly Name[], text: string | null): Name | undefined {
  return names.find((name) => name === text);
}
