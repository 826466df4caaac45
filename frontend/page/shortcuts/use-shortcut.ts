import { useEffect, useRef } from 'preact/hooks';
import type { Session } from '../session.ts';
import type { ShortcutName } from './shortcuts.ts';

/** Has the key do that for as long as the component is there. */
export function useShortcut(session: Session, name: ShortcutName, run: () => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => session.shortcuts.on(name, () => latest.current()), [session, name]);
}
