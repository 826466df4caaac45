import { DASHBOARDS_PATH, EXPLORE_PATH } from '../../model/page-paths.ts';
import { PRESETS } from '../../model/time-frame.ts';
import type { Session } from '../session.ts';

/** Of what is shown. */
const PAN_SHARE = 0.5;

/** Has the keys do what concerns the page as a whole. */
export function bindPageShortcuts(session: Session): void {
  const { shortcuts, time } = session;
  for (const [index, preset] of PRESETS.entries()) {
    shortcuts.on(`range ${index}`, () => time.show(preset));
  }
  shortcuts.on('earlier', () => time.pan(-PAN_SHARE));
  shortcuts.on('later', () => time.pan(PAN_SHARE));
  shortcuts.on('zoom out', () => time.zoomOut());
  shortcuts.on('pause', () => session.togglePause());
  shortcuts.on('theme', () => session.theme.next());
  shortcuts.on('explore', () => session.visit(EXPLORE_PATH));
  shortcuts.on('dashboards', () => session.visit(DASHBOARDS_PATH));
}
