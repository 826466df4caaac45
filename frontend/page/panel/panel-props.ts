import type { Session } from '../session.ts';
import type { Panel } from './panel.ts';

/** Of the components that a panel is made of. */
export interface PanelProps {
  readonly session: Session;
  readonly panel: Panel;
}
