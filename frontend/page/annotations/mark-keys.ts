import type { PanelProps } from '../panel/panel-props.ts';
import { writeNewNote } from './new-note.ts';
import { marksAt, nextMark } from './time-mark.ts';

/**
 * What a key does to marks of the chart: m goes to the next one, M to the one before, n writes a note.
 * @param reachMs how far from the place a mark may be and still be meant
 * @returns whether the key means anything here
 */
export function moveToMark(key: string, { session, panel }: PanelProps, reachMs: number): boolean {
  const { chart } = panel;
  const place = chart.place.peek();
  if (key === 'n') {
    const timeMs = place?.timeMs ?? session.clock.nowMs.peek();
    const note = marksAt(panel.marks.peek(), timeMs, reachMs).find((mark) => mark.note)?.note;
    if (note) session.writtenNote.value = note;
    else writeNewNote(session, timeMs, timeMs);
    return true;
  }
  if (key !== 'm' && key !== 'M') return false;
  const { fromMs, toMs } = session.time.bounds(session.clock.nowMs.peek());
  const visible = panel.marks.peek().filter((mark) => mark.fromMs >= fromMs && mark.fromMs <= toMs);
  const isForward = key === 'm';
  const start = place?.timeMs ?? (isForward ? fromMs - 1 : toMs + 1);
  const mark = nextMark(visible, start, isForward ? 1 : -1);
  // At the level of the place that there was, and of no other series than that.
  if (mark) chart.moveTo({ value: 0, ...place, timeMs: mark.fromMs });
  return true;
}
