import { useSignal } from '@preact/signals';
import { Sidebar } from './catalogue/sidebar.tsx';
import { Explore } from './explore.tsx';
import { FirstRun } from './first-run.tsx';
import { Header } from './header.tsx';
import { late } from './late.tsx';
import type { Session } from './session.ts';
import { useShortcut } from './shortcuts/use-shortcut.ts';

const ShortcutHelp = late(async () => (await import('./shortcuts/shortcut-help.tsx')).ShortcutHelp);
const Explorer = late(async () => (await import('./explorer/explorer.tsx')).Explorer);
const NoteDialog = late(async () => (await import('./annotations/note-dialog.tsx')).NoteDialog);
const Dashboards = late(async () => (await import('./dashboard/dashboards.tsx')).Dashboards);

interface PageProps {
  readonly session: Session;
}

/** On a phone the sidebar is a drawer; on wider screens it is always there. */
export function Page({ session }: PageProps) {
  const isDrawerOpen = useSignal(false);
  const closeDrawer = () => {
    isDrawerOpen.value = false;
  };
  const isHelpOpen = useSignal(false);
  useShortcut(session, 'help', () => {
    isHelpOpen.value = true;
  });
  const { kind } = session.place.value;
  return (
    <div class="page" data-place={kind} data-drawer={isDrawerOpen.value ? 'open' : 'closed'}>
      <Header
        session={session}
        onMenu={() => {
          isDrawerOpen.value = !isDrawerOpen.value;
        }}
        onHelp={() => {
          isHelpOpen.value = true;
        }}
      />
      <Sidebar
        session={session}
        onSearch={() => {
          isDrawerOpen.value = true;
        }}
        onPick={closeDrawer}
      />
      <button
        type="button"
        class="drawer-backdrop"
        tabIndex={-1}
        aria-label="Close the catalogue"
        onClick={closeDrawer}
      />
      <main class="main">
        {kind !== 'explore' && <Dashboards session={session} />}
        {kind === 'explore' &&
          (session.isFirstRun.value ? (
            <FirstRun session={session} />
          ) : (
            <Explore session={session} />
          ))}
      </main>
      {kind === 'explore' && session.view.value.about !== null && <Explorer session={session} />}
      {session.writtenNote.value && (
        <NoteDialog
          key={session.writtenNote.value.id}
          session={session}
          note={session.writtenNote.value}
        />
      )}
      {isHelpOpen.value && (
        <ShortcutHelp
          session={session}
          onClose={() => {
            isHelpOpen.value = false;
          }}
        />
      )}
    </div>
  );
}
