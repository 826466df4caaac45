import { NOTES_NAME } from '../../model/annotation.ts';
import { formatSpan, formatTime } from '../format.ts';
import type { Session } from '../session.ts';
import type { TimeMark } from './time-mark.ts';
import { ToneMark } from './tone-mark.tsx';

/** What a mark says, when, and where it is from; a note that can be changed has a button for that. */
export function MarkWords({
  session,
  mark,
}: {
  readonly session: Session;
  readonly mark: TimeMark;
}) {
  const { text, source, tone, note } = mark;
  const canChange = note && session.timeline.value.notes.refusal.value === undefined;
  return (
    <div class="mark-words" data-tone={tone}>
      <p class="mark-text">
        <ToneMark tone={tone} /> {text}
      </p>
      <p class="mark-when">
        <time>{timeOf(mark, session.clock.nowMs.peek())}</time>
        <span>{sourceName(source)}</span>
        {canChange && (
          <button
            type="button"
            class="mark-edit"
            data-testid="edit-note"
            onClick={() => {
              session.writtenNote.value = note;
            }}
          >
            Edit
          </button>
        )}
      </p>
    </div>
  );
}

/** In one line, for who can't see it. */
export function wordsOf(mark: TimeMark, nowMs: number): string {
  return `${sourceName(mark.source)}: ${mark.text}, ${timeOf(mark, nowMs)}`;
}

/** When a mark is: a moment, or from when to when. */
export function timeOf({ fromMs, toMs }: TimeMark, nowMs: number): string {
  return fromMs === toMs ? formatTime(fromMs, nowMs) : formatSpan(fromMs, toMs, nowMs);
}

/** What annotations are called where people switch them on and off. */
export function sourceName(name: string): string {
  return name === NOTES_NAME ? 'Notes' : name;
}
