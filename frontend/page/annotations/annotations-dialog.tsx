import { useSignal } from '@preact/signals';
import type { AnnotationSpec } from '../../model/annotation.ts';
import { Dialog } from '../dialog.tsx';
import { formatTime } from '../format.ts';
import type { Session } from '../session.ts';
import { AnnotationFields } from './annotation-fields.tsx';
import { duplicateName } from './duplicate-name.ts';
import { timeOf } from './mark-words.tsx';
import { writeNewNote } from './new-note.ts';
import { noteMark } from './time-mark.ts';

interface AnnotationsDialogProps {
  readonly session: Session;
  readonly onClose: () => void;
}

/** What marks the time of the panel: the notes that there are, and its annotations. */
export function AnnotationsDialog({ session, onClose }: AnnotationsDialogProps) {
  const annotations = useSignal<readonly AnnotationSpec[]>(session.view.peek().panel.annotations);
  const failure = useSignal<string | undefined>(undefined);
  const databases = session.catalogue.databases.value?.map(({ name }) => name) ?? [];
  const save = () => {
    const twice = duplicateName(annotations.peek());
    if (twice !== undefined) {
      failure.value = `Two annotations are called ${twice}: each needs a name of its own.`;
      return;
    }
    session.go({ panel: { ...session.view.peek().panel, annotations: annotations.peek() } });
    onClose();
  };
  return (
    <Dialog title="Notes and annotations" testId="annotations-dialog" onClose={onClose}>
      <NoteList session={session} onClose={onClose} />
      <form
        class="settings"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <AnnotationFields
          annotations={annotations.value}
          databases={databases}
          onChange={(changed) => {
            annotations.value = changed;
            failure.value = undefined;
          }}
        />
        {failure.value !== undefined && (
          <p class="dialog-failure" role="alert">
            {failure.value}
          </p>
        )}
        <footer class="dialog-actions">
          <button type="button" class="text-button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary-button" data-testid="annotations-done">
            Apply
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** All notes, the newest first: one that is picked is changed, and a button writes one more. */
export function NoteList({ session, onClose }: AnnotationsDialogProps) {
  const { all, refusal } = session.timeline.value.notes;
  const nowMs = session.clock.nowMs.peek();
  const notes = all.value.toSorted((a, b) => b.fromMs - a.fromMs);
  return (
    <section class="note-list" aria-label="Notes">
      <h3>Notes</h3>
      <ul>
        {notes.map((note) => (
          <li key={note.id}>
            <time>{timeOf(noteMark(note), nowMs)}</time>
            <span>{note.text}</span>
            <button
              type="button"
              class="text-button"
              data-testid={`edit-note:${note.id}`}
              disabled={refusal.value !== undefined}
              onClick={() => {
                onClose();
                session.writtenNote.value = note;
              }}
            >
              Edit
            </button>
          </li>
        ))}
      </ul>
      {notes.length === 0 && (
        <p class="hint">
          None yet: a press with Ctrl or ⌘ on a chart makes one of a moment, a drag with it one of a
          stretch of time.
        </p>
      )}
      {refusal.value !== undefined && <p class="hint">{refusal.value}</p>}
      <button
        type="button"
        class="text-button"
        data-testid="add-note"
        disabled={refusal.value !== undefined}
        title={`A note about ${formatTime(nowMs, nowMs)}, or another time`}
        onClick={() => {
          onClose();
          writeNewNote(session, nowMs, nowMs);
        }}
      >
        Add a note
      </button>
    </section>
  );
}
