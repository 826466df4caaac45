import { computed, effect, type ReadonlySignal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { isSameFrame } from '../../model/time-frame.ts';
import { writeNewNote } from '../annotations/new-note.ts';
import { announceDraw } from '../inspection.ts';
import type { Panel } from '../panel/panel.ts';
import type { Session } from '../session.ts';
import { timeZone } from '../time/time-zone.ts';
import { FramePacer } from './frame-pacer.ts';
import type { Picture } from './picture.ts';
import { Plot, type PlotContent, type PlotEvents } from './plot.ts';

/** A plot of a picture that fills the element and follows the panel's data, the theme and the element's size. */
export function usePlot(
  session: Session,
  panel: Panel,
  element: RefObject<HTMLElement | null>,
  picture: ReadonlySignal<Picture>,
): ReadonlySignal<Plot | undefined> {
  const plot = useSignal<Plot | undefined>(undefined);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    const content = plotContent(session, panel, picture);
    const made = new Plot(target, content.peek(), plotEvents(session, panel, target));
    const pacer = new FramePacer(() => made.show(content.peek()));
    const stopFollowing = content.subscribe(() => pacer.request());
    const resizing = new ResizeObserver(() => made.resize());
    resizing.observe(target);
    plot.value = made;
    return () => {
      plot.value = undefined;
      stopFollowing();
      pacer.cancel();
      resizing.disconnect();
      made.destroy();
    };
  }, [session, panel, element, picture, plot]);
  useEffect(() => forgetPlace(panel), [panel]);
  return plot;
}

function plotContent(
  session: Session,
  panel: Panel,
  picture: ReadonlySignal<Picture>,
): ReadonlySignal<PlotContent> {
  return computed(() => {
    panel.revision.value;
    timeZone.value;
    // Axes have the colours of the theme, too.
    session.theme.isDark.value;
    const marks = panel.marks.value;
    return { picture: picture.value, marks, ...boundsOf(panel, session) };
  });
}

/** What moves on with time ends at the newest step that there is. */
function boundsOf({ frame, results, still }: Panel, { clock }: Session) {
  const shown = frame.value;
  if (shown.kind === 'fixed') return { fromMs: shown.fromMs, toMs: shown.toMs };
  const charted = results.charted.value;
  const isOfFrame = charted !== undefined && isSameFrame(charted.question.frame, shown);
  const newestMs = still.value ? still.value.newestMs : charted?.newestMs;
  const toMs = (isOfFrame ? newestMs : undefined) ?? clock.nowMs.value;
  return { fromMs: toMs - shown.rangeMs, toMs };
}

function plotEvents(session: Session, panel: Panel, target: HTMLElement): PlotEvents {
  const state = panel.chart;
  return {
    onPoint(place) {
      state.pointed.value = place;
    },
    onClick: (place) => state.togglePin(place),
    onTap: (place, reachMs) => state.tap(place, reachMs),
    onZoom: (fromMs, toMs) => session.time.zoomTo(fromMs, toMs),
    onPan: (share) => session.time.pan(share),
    onNote: (fromMs, toMs) => writeNewNote(session, fromMs, toMs),
    onZoomReset: () => session.time.zoomOut(),
    onDrawn(pointsDrawn, leftOutCount) {
      state.drawCount.value++;
      state.leftOutCount.value = leftOutCount;
      const newestMs = panel.results.charted.peek()?.newestMs ?? null;
      announceDraw(target, { drawnAt: performance.now(), pointsDrawn, newestMs });
    },
  };
}

/** Another range is another place to look at; within a part of what was shown, the pin stays. */
function forgetPlace({ chart, frame }: Panel): () => void {
  let known = frame.peek();
  return effect(() => {
    const current = frame.value;
    if (isSameFrame(current, known)) return;
    known = current;
    if (current.kind === 'rolling') chart.leave();
  });
}
