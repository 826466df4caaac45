import { useEffect } from 'preact/hooks';
import type { OpenDashboard } from './open-dashboard.ts';

/** Ctrl+Z (or ⌘Z) takes back, with Shift or as Ctrl+Y does again; not where text is typed, which has both of its own. */
export function useUndoKeys(dashboard: OpenDashboard): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key, shiftKey } = event;
      const isTyped =
        target instanceof Element && target.closest('input, textarea, [contenteditable]');
      if (!(event.ctrlKey || event.metaKey) || isTyped || !dashboard.isEditing.peek()) return;
      const letter = key.toLowerCase();
      if (letter === 'z' && !shiftKey) dashboard.history.undo();
      else if (letter === 'y' || (letter === 'z' && shiftKey)) dashboard.history.redo();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [dashboard]);
}

/** The browser asks before the page goes away with changes that were not saved; they come back, but only in this browser. */
export function useWarningOnLeave(dashboard: OpenDashboard): void {
  useEffect(() => {
    const onLeave = (event: BeforeUnloadEvent) => {
      if (dashboard.isChanged.peek()) event.preventDefault();
    };
    addEventListener('beforeunload', onLeave);
    return () => removeEventListener('beforeunload', onLeave);
  }, [dashboard]);
}
