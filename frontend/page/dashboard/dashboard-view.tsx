import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { DASHBOARDS_PATH } from '../../model/page-paths.ts';
import { AnnotationSwitches } from '../annotations/annotation-bar.tsx';
import { backoffMs } from '../live/backoff.ts';
import type { Session } from '../session.ts';
import { RangePicker } from '../time/range-picker.tsx';
import { TimeTrail } from '../time/time-trail.tsx';
import { DashboardBar } from './dashboard-bar.tsx';
import { DashboardPage } from './dashboard-page.ts';
import { mayPass, whyFailed } from './dashboards-client.ts';
import { Grid } from './grid.tsx';
import { GridPanel } from './grid-panel.tsx';
import { HistoryDialog } from './history-dialog.tsx';
import { News } from './news.tsx';
import { OpenDashboard } from './open-dashboard.ts';
import { PanelEditor } from './panel-editor.tsx';
import { SettingsDialog } from './settings-dialog.tsx';
import { VariableBar } from './variable-bar.tsx';
import { useUndoKeys, useWarningOnLeave } from './while-editing.ts';

interface DashboardViewProps {
  readonly session: Session;
  readonly id: string;
}

/** One dashboard, from the moment that it is asked for. */
export function DashboardView({ session, id }: DashboardViewProps) {
  const page = useSignal<DashboardPage | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const attempt = useSignal(0);
  const retry = () => {
    attempt.value++;
  };
  useEffect(() => {
    let isLeft = false;
    let retrying: ReturnType<typeof setTimeout> | undefined;
    OpenDashboard.load(id).then(
      (dashboard) => {
        if (isLeft) dashboard.close();
        else {
          failure.value = undefined;
          page.value = new DashboardPage(session, dashboard);
        }
      },
      (error) => {
        if (isLeft) return;
        failure.value = whyFailed(error);
        if (mayPass(error)) retrying = setTimeout(retry, backoffMs(attempt.peek()));
      },
    );
    return () => {
      isLeft = true;
      clearTimeout(retrying);
      page.value?.close();
    };
  }, [session, id, page, failure, attempt.value]);
  // Somebody has saved it anew: what could not be read, or was not there, may be.
  useSignalEffect(() => {
    if (session.dashboardNews.value?.id === id && failure.peek() !== undefined) retry();
  });
  if (failure.value !== undefined) return <NotThere why={failure.value} onRetry={retry} />;
  if (!page.value) return <p class="dashboard-loading loading">Loading …</p>;
  return <LoadedDashboard page={page.value} />;
}

interface NotThereProps {
  readonly why: string;
  readonly onRetry: () => void;
}

function NotThere({ why, onRetry }: NotThereProps) {
  return (
    <section class="dashboard-failure" data-testid="dashboard-failure" role="alert">
      <h2>This dashboard can’t be shown</h2>
      <p>{why}</p>
      <p class="dashboard-failure-ways">
        <button type="button" class="text-button" onClick={onRetry}>
          Try again
        </button>
        <a class="text-button" href={DASHBOARDS_PATH}>
          All dashboards
        </a>
      </p>
    </section>
  );
}

function LoadedDashboard({ page }: { readonly page: DashboardPage }) {
  const { session, dashboard, opened } = page;
  useUndoKeys(dashboard);
  useWarningOnLeave(dashboard);
  const focused = page.focused.value;
  const close = () => {
    opened.value = undefined;
  };
  if (focused && page.isPanelEdited.value) {
    return <PanelEditor key={focused.id} page={page} placed={focused} />;
  }
  return (
    <div class="dashboard" data-testid="dashboard">
      <DashboardBar page={page} />
      <News dashboard={dashboard} />
      <div class="dashboard-tools">
        <VariableBar page={page} />
        <AnnotationSwitches session={session} troubles={page.timeline.troubles.value} />
        <TimeTrail session={session} />
        <RangePicker session={session} />
      </div>
      {focused ? (
        <div class="maximised">
          <GridPanel key={focused.id} page={page} panelId={focused.id} />
        </div>
      ) : (
        <Panels page={page} />
      )}
      {opened.value === 'history' && <HistoryDialog dashboard={dashboard} onClose={close} />}
      {opened.value === 'settings' && <SettingsDialog page={page} onClose={close} />}
    </div>
  );
}

function Panels({ page }: { readonly page: DashboardPage }) {
  if (page.dashboard.spec.value.panels.length > 0) return <Grid page={page} />;
  return (
    <section class="dashboard-empty" data-testid="dashboard-empty">
      <h2>Nothing here yet</h2>
      <p>Explore something and save it here, or begin with an empty panel.</p>
      {page.dashboard.canSave.value && (
        <button type="button" class="primary-button" onClick={() => page.addPanel()}>
          Add a panel
        </button>
      )}
    </section>
  );
}
