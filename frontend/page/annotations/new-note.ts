import { randomId } from '../random-id.ts';
import type { Session } from '../session.ts';

const SECOND_MS = 1000;

/** Has the user write a note about that time, in whole seconds; of a moment both ends are the same. */
export function writeNewNote(session: Session, fromMs: number, toMs: number): void {
  const whole = (timeMs: number) => Math.round(timeMs / SECOND_MS) * SECOND_MS;
  const [first, last] = [whole(fromMs), whole(toMs)];
  session.writtenNote.value = {
    id: randomId(),
    fromMs: Math.min(first, last),
    toMs: Math.max(first, last),
    text: '',
    tone: 'plain',
  };
}
