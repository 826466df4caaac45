import { useSignal } from '@preact/signals';
import { Sidebar } from './catalogue/sidebar.tsx';
import { ExpressionField } from './expression/expression-field.tsx';
import { FirstRun } from './first-run.tsx';
import { Header } from './header.tsx';
import { PanelView } from './panel/panel-view.tsx';
import { RangePicker } from './range-picker.tsx';
import type { Session } from './session.ts';
import { TimeTrail } from './time-trail.tsx';

interface PageProps {
  readonly session: Session;
}

/** On a phone the sidebar is a drawer; on wider screens it is always there. */
export function Page({ session }: PageProps) {
  const isDrawerOpen = useSignal(false);
  const closeDrawer = () => {
    isDrawerOpen.value = false;
  };
  return (
    <div class="page" data-drawer={isDrawerOpen.value ? 'open' : 'closed'}>
      <Header
        session={session}
        onMenu={() => {
          isDrawerOpen.value = !isDrawerOpen.value;
        }}
      />
      <Sidebar session={session} onPick={closeDrawer} />
      <button
        type="button"
        class="drawer-backdrop"
        tabIndex={-1}
        aria-label="Close the catalogue"
        onClick={closeDrawer}
      />
      <main class="main">
        {session.isFirstRun.value ? (
          <FirstRun session={session} />
        ) : (
          <>
            <div class="toolbar">
              <ExpressionField session={session} />
              <RangePicker session={session} />
            </div>
            <TimeTrail session={session} />
            <PanelView session={session} panel={session.panel} />
          </>
        )}
      </main>
    </div>
  );
}
