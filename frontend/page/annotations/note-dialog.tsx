import { useSignal } from '@preact/signals';
import { NOTE_CHARACTERS_MAX, type Note, type Tone } from '../../model/annotation.ts';
import { Dialog } from '../dialog.tsx';
import { FormField } from '../form-field.tsx';
import type { Session } from '../session.ts';
import { InstantField } from '../time/instant-field.tsx';
import { timeZone } from '../time/time-zone.ts';
import { parseInstant, writeInstant } from '../time/written-time.ts';
import { withNote } from './timeline.ts';
import { ToneField } from './tone-field.tsx';

const TIME_WORDS = 'Write a time such as 2026-01-31 12:00, 14:30, yesterday or now-2h.';

interface NoteDialogProps {
  readonly session: Session;
  /** As it is, or as a new one begins. */
  readonly note: Note;
}

/** A note while it is written: its text, and the time that it is about. */
export function NoteDialog({ session, note }: NoteDialogProps) {
  const keeper = session.timeline.value.notes;
  const isKept = keeper.all.value.some(({ id }) => id === note.id);
  const text = useSignal(note.text);
  const tone = useSignal<Tone>(note.tone);
  const times = useNoteTimes(note, session);
  const failure = useSignal(keeper.refusal.peek());
  const isSaving = useSignal(false);
  const close = () => {
    session.writtenNote.value = undefined;
  };
  const change = async (changed: (notes: readonly Note[]) => readonly Note[]) => {
    isSaving.value = true;
    try {
      await keeper.change(changed);
      close();
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    } finally {
      isSaving.value = false;
    }
  };
  const save = () => {
    const span = times.read();
    if (!span) return;
    const written = { id: note.id, ...span, text: text.peek().trim(), tone: tone.peek() };
    void change((notes) => withNote(notes, written));
  };
  return (
    <Dialog title={isKept ? 'Note' : 'New note'} testId="note-dialog" onClose={close}>
      <form
        class="settings"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <FormField label="What happened">
          <textarea
            data-testid="note-text"
            required
            rows={3}
            maxLength={NOTE_CHARACTERS_MAX}
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
            }}
          />
        </FormField>
        <div class="note-times">
          <InstantField
            label="From"
            testId="note-from"
            text={times.from}
            problem={times.fromProblem}
          />
          <InstantField label="To" testId="note-to" text={times.to} problem={times.toProblem} />
          <ToneField
            testId="note-tone"
            tone={tone.value}
            onPick={(picked) => {
              tone.value = picked;
            }}
          />
        </div>
        {failure.value !== undefined && (
          <p class="dialog-failure" role="alert" data-testid="note-failure">
            {failure.value}
          </p>
        )}
        <footer class="dialog-actions">
          {isKept && (
            <button
              type="button"
              class="text-button note-delete"
              data-testid="delete-note"
              disabled={isSaving.value}
              onClick={() => void change((notes) => notes.filter(({ id }) => id !== note.id))}
            >
              Delete
            </button>
          )}
          <button type="button" class="text-button" onClick={close}>
            Cancel
          </button>
          <button
            type="submit"
            class="primary-button"
            data-testid="save-note"
            disabled={isSaving.value}
          >
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

/** The two times as they are written; `read` tells what is wrong with them, or gives both. */
function useNoteTimes({ fromMs, toMs }: Note, session: Session) {
  const zone = timeZone.peek();
  const from = useSignal(writeInstant(fromMs, zone));
  const to = useSignal(writeInstant(toMs, zone));
  const fromProblem = useSignal<string | undefined>(undefined);
  const toProblem = useSignal<string | undefined>(undefined);
  const read = (): Pick<Note, 'fromMs' | 'toMs'> | undefined => {
    const nowMs = session.clock.nowMs.peek();
    const [first, last] = [from, to].map(({ value }) => parseInstant(value, nowMs, zone));
    fromProblem.value = first === undefined ? TIME_WORDS : undefined;
    toProblem.value = last === undefined ? TIME_WORDS : undefined;
    if (first === undefined || last === undefined) return undefined;
    if (last < first) toProblem.value = 'The end must not be before the start.';
    return last < first ? undefined : { fromMs: first, toMs: last };
  };
  return { from, to, fromProblem, toProblem, read };
}
