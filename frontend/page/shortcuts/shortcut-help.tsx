import { Dialog } from '../dialog.tsx';
import type { Session } from '../session.ts';
import { LOCAL_KEYS, SHORTCUTS } from './shortcuts.ts';

interface ShortcutHelpProps {
  readonly session: Session;
  readonly onClose: () => void;
}

const GROUPS = ['Find', 'Time', 'Page'] as const;

/** What keys do on the page as it is. */
export function ShortcutHelp({ session, onClose }: ShortcutHelpProps) {
  const known = SHORTCUTS.filter(({ name }) => session.shortcuts.has(name));
  return (
    <Dialog title="Keyboard shortcuts" testId="shortcut-help" onClose={onClose}>
      <div class="shortcut-groups">
        {GROUPS.map((group) => (
          <KeyList
            key={group}
            title={group}
            entries={known
              .filter((shortcut) => shortcut.group === group)
              .map(({ key, words }) => ({ keys: key, words }))}
          />
        ))}
        <KeyList title="In a chart" entries={LOCAL_KEYS} />
      </div>
      <p class="shortcut-note">They rest while you type. Alt ← is the browser’s “back”.</p>
    </Dialog>
  );
}

interface KeyListProps {
  readonly title: string;
  readonly entries: readonly { readonly keys: string; readonly words: string }[];
}

function KeyList({ title, entries }: KeyListProps) {
  if (entries.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl class="shortcut-list">
        {entries.map(({ keys, words }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
