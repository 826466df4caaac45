import { useComputed, useSignal } from '@preact/signals';
import type { Plot } from '../chart/plot.ts';
import { formatCount } from '../format.ts';
import { PlusIcon } from '../icons.tsx';
import type { PanelProps } from '../panel/panel-props.ts';
import { clusterMarks, type MarkCluster } from './mark-cluster.ts';
import { MarkWords, wordsOf } from './mark-words.tsx';
import { writeNewNote } from './new-note.ts';
import { marksAt } from './time-mark.ts';

/** Flags nearer to each other can't be told apart, nor hit. */
const FLAG_GAP_PX = 12;
/** Marks that one flag tells of. */
const TOLD_MAX = 6;
/** How far from the pointer a mark may be and still be meant. */
export const MARK_REACH_PX = 6;

interface MarkLayerProps extends PanelProps {
  readonly plot: Plot;
}

/** Above the canvas, which has the marks themselves: a flag to point at for each, what they say, and a way to a new one. */
export function MarkLayer({ session, panel, plot }: MarkLayerProps) {
  const clusters = useComputed((): readonly MarkCluster[] => {
    panel.chart.drawCount.value;
    const marks = panel.marks.value;
    if (marks.length === 0) return [];
    const { left, width } = plot.area;
    const xOf = (timeMs: number) => plot.positionOf({ timeMs, value: 0 }).x;
    const visible = marks.filter(({ fromMs }) => {
      const x = xOf(fromMs);
      return x >= left && x <= left + width;
    });
    return clusterMarks(visible, xOf, FLAG_GAP_PX);
  });
  return (
    <div class="mark-layer" data-testid="mark-layer">
      {clusters.value.map((cluster) => (
        <Flag
          key={cluster.marks[0]?.key}
          session={session}
          panel={panel}
          plot={plot}
          cluster={cluster}
        />
      ))}
      <NewNoteButton session={session} panel={panel} plot={plot} />
      <SpokenMarks session={session} panel={panel} plot={plot} />
    </div>
  );
}

interface FlagProps extends MarkLayerProps {
  readonly cluster: MarkCluster;
}

/** Pointed at, or pressed where nothing can point, it says what it marks. */
function Flag({ session, plot, cluster: { x, marks } }: FlagProps) {
  const isOpen = useSignal(false);
  const { left, top, width } = plot.area;
  const told = marks.slice(0, TOLD_MAX);
  const nowMs = session.clock.nowMs.peek();
  return (
    <div
      class="mark-flag"
      data-side={x > left + width / 2 ? 'left' : 'right'}
      style={{ '--x': `${x}px`, '--top': `${top}px` }}
      onPointerEnter={() => {
        isOpen.value = true;
      }}
      onPointerLeave={() => {
        isOpen.value = false;
      }}
      onFocusOut={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) isOpen.value = false;
      }}
    >
      <button
        type="button"
        class="mark-handle"
        data-testid="mark-flag"
        // Keys go from mark to mark within the chart, which is one place for Tab.
        tabIndex={-1}
        aria-label={told.map((mark) => wordsOf(mark, nowMs)).join('; ')}
        onFocus={() => {
          isOpen.value = true;
        }}
      />
      {isOpen.value && (
        <div class="mark-bubble" data-testid="mark-bubble">
          {told.map((mark) => (
            <MarkWords key={mark.key} session={session} mark={mark} />
          ))}
          {marks.length > told.length && (
            <p class="tooltip-more">
              and {formatCount(marks.length - told.length, 'mark', 'marks')} more
            </p>
          )}
        </div>
      )}
    </div>
  );
}

/** Where the tooltip is pinned, a note can be made of the moment. */
function NewNoteButton({ session, panel, plot }: MarkLayerProps) {
  panel.chart.drawCount.value;
  const pinned = panel.chart.pinned.value;
  if (!pinned || session.timeline.value.notes.refusal.value !== undefined) return null;
  const { left, top, width } = plot.area;
  const { x } = plot.positionOf({ timeMs: pinned.timeMs, value: 0 });
  if (x < left || x > left + width) return null;
  return (
    <button
      type="button"
      class="mark-new"
      data-testid="note-here"
      data-side={x > left + width / 2 ? 'left' : 'right'}
      style={{ '--x': `${x}px`, '--top': `${top}px` }}
      onClick={() => writeNewNote(session, pinned.timeMs, pinned.timeMs)}
    >
      <PlusIcon />
      Note
    </button>
  );
}

/** What is marked at the place that keys or the pointer have come to. */
function SpokenMarks({ session, panel, plot }: MarkLayerProps) {
  const place = panel.chart.place.value;
  const nowMs = session.clock.nowMs.peek();
  const reachMs = MARK_REACH_PX * plot.msPerPixel;
  const marks = place ? marksAt(panel.marks.value, place.timeMs, reachMs) : [];
  return (
    <p class="visually-hidden" aria-live="polite" data-testid="spoken-marks">
      {marks
        .slice(0, TOLD_MAX)
        .map((mark) => wordsOf(mark, nowMs))
        .join('; ')}
    </p>
  );
}
