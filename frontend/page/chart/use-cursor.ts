import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Panel } from '../panel/panel.ts';
import type { Session } from '../session.ts';

/** Tells the other panels which time is pointed at in this one, for as long as its chart is there. */
export function useCursor(session: Session, panel: Panel): void {
  useEffect(() => {
    const { pointed } = panel.chart;
    const stop = effect(() => session.cursor.point(panel, pointed.value?.timeMs));
    return () => {
      stop();
      panel.chart.leave();
      session.cursor.point(panel, undefined);
    };
  }, [session, panel]);
}
