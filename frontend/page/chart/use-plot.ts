import { computed, effect, type ReadonlySignal, useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { announceDraw } from '../inspection.ts';
import type { Session } from '../session.ts';
import type { ChartState } from './chart-state.ts';
import { colourOf } from './colours.ts';
import { FramePacer } from './frame-pacer.ts';
import { Plot, type PlotContent, type PlotEvents } from './plot.ts';

/** A plot that fills the element and follows the session's data, the theme and the element's size. */
export function usePlot(
  session: Session,
  state: ChartState,
  element: RefObject<HTMLElement | null>,
): ReadonlySignal<Plot | undefined> {
  const plot = useSignal<Plot | undefined>(undefined);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    const content = plotContent(session, state);
    const made = new Plot(target, content.peek(), plotEvents(session, state, target));
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
  }, [session, state, element, plot]);
  useEffect(() => forgetZoom(session, state), [session, state]);
  return plot;
}

function plotContent(session: Session, state: ChartState): ReadonlySignal<PlotContent> {
  return computed(() => {
    const query = session.charted.value;
    query?.revision.value;
    const isDark = session.theme.isDark.value;
    const rangeMs = query?.question.rangeMs ?? session.view.value.range.rangeMs;
    const newestMs = query?.matrix.times.at(-1) ?? session.clock.nowMs.value;
    const { fromMs, toMs } = state.zoom.value ?? { fromMs: newestMs - rangeMs, toMs: newestMs };
    return {
      rows: session.visibleRows.value,
      fromMs,
      toMs,
      colourOf: ({ colour }) => colourOf(colour, isDark),
    };
  });
}

function plotEvents(session: Session, state: ChartState, target: HTMLElement): PlotEvents {
  return {
    onPoint(place) {
      state.pointed.value = place;
    },
    onClick: (place) => state.togglePin(place),
    onZoom(fromMs, toMs) {
      state.zoom.value = { fromMs, toMs };
    },
    onZoomReset() {
      state.zoom.value = undefined;
    },
    onDrawn(pointsDrawn) {
      state.drawCount.value++;
      const newestMs = session.charted.peek()?.matrix.times.at(-1) ?? null;
      announceDraw(target, { drawnAt: performance.now(), pointsDrawn, newestMs });
    },
  };
}

/** Another range is another place to look at: zoom and pin are of the one before. */
function forgetZoom(session: Session, state: ChartState): () => void {
  let { range } = session.view.peek();
  return effect(() => {
    const { range: current } = session.view.value;
    if (current === range) return;
    range = current;
    state.zoom.value = undefined;
    state.leave();
  });
}
