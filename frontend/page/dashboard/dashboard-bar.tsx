import type { DashboardSpec } from '../../model/dashboard-spec.ts';
import { DASHBOARDS_PATH } from '../../model/page-paths.ts';
import { formatFrame } from '../../model/time-frame.ts';
import { DASHBOARDS, dashboardPlace } from '../place.ts';
import { downloadDashboard } from './dashboard-file.ts';
import type { DashboardPage } from './dashboard-page.ts';
import { createDashboard, deleteDashboard, whyFailed } from './dashboards-client.ts';
import { Menu, type MenuItem } from './menu.tsx';

interface DashboardBarProps {
  readonly page: DashboardPage;
}

/** The dashboard's name, and what can be done with the whole of it. */
export function DashboardBar({ page }: DashboardBarProps) {
  const { dashboard } = page;
  const { isBuiltin } = dashboard.base.value;
  const { title } = dashboard.spec.value;
  return (
    <header class="dashboard-bar">
      <h2 data-testid="dashboard-title">
        <a class="bar-way" href={DASHBOARDS_PATH}>
          Dashboards
        </a>
        <span class="bar-way" aria-hidden="true">
          ›
        </span>
        <b>{title}</b>
        {isBuiltin && <span class="badge">built in</span>}
      </h2>
      <div class="dashboard-actions">
        {dashboard.isEditing.value && <EditingButtons page={page} />}
        {dashboard.isChanged.value && (
          <>
            <button
              type="button"
              class="text-button"
              data-testid="discard"
              onClick={() => dashboard.discard()}
            >
              Discard
            </button>
            <button
              type="button"
              class="primary-button"
              data-testid="save"
              disabled={dashboard.isSaving.value}
              onClick={() => void dashboard.save()}
            >
              Save
            </button>
          </>
        )}
        {dashboard.canSave.value ? (
          <button
            type="button"
            class="text-button"
            data-testid="edit"
            aria-pressed={dashboard.isEditing.value}
            onClick={() => {
              dashboard.isEditing.value = !dashboard.isEditing.peek();
            }}
          >
            {dashboard.isEditing.value ? 'Done' : 'Edit'}
          </button>
        ) : (
          <button
            type="button"
            class="text-button"
            data-testid="save-copy"
            onClick={() => void saveCopy(page)}
          >
            Save a copy
          </button>
        )}
        <Menu
          label={`What to do with ${title}`}
          testId="dashboard-menu"
          items={dashboardItems(page)}
        />
      </div>
    </header>
  );
}

function EditingButtons({ page }: DashboardBarProps) {
  const { history } = page.dashboard;
  return (
    <>
      <button
        type="button"
        class="text-button"
        data-testid="add-panel"
        onClick={() => page.addPanel()}
      >
        Add a panel
      </button>
      <button
        type="button"
        class="text-button"
        data-testid="settings"
        onClick={() => {
          page.opened.value = 'settings';
        }}
      >
        Settings
      </button>
      <button
        type="button"
        class="icon-button"
        data-testid="undo"
        aria-label="Undo"
        title="Undo (Ctrl+Z)"
        disabled={!history.canUndo.value}
        onClick={() => history.undo()}
      >
        ↶
      </button>
      <button
        type="button"
        class="icon-button"
        data-testid="redo"
        aria-label="Redo"
        title="Redo (Ctrl+Shift+Z)"
        disabled={!history.canRedo.value}
        onClick={() => history.redo()}
      >
        ↷
      </button>
    </>
  );
}

function dashboardItems(page: DashboardPage): MenuItem[] {
  const { dashboard } = page;
  const { isBuiltin, canSave } = dashboard.base.value;
  const items: MenuItem[] = [
    { id: 'copy-link', label: 'Copy the link', onPick: () => void copyLink(page) },
    {
      id: 'export',
      label: 'Export as a file',
      onPick: () => downloadDashboard(dashboard.spec.peek()),
    },
  ];
  if (dashboard.canSave.value) {
    items.push({ id: 'save-copy', label: 'Save a copy', onPick: () => void saveCopy(page) });
  }
  if (!isBuiltin) {
    items.push({
      id: 'history',
      label: 'History',
      onPick: () => {
        page.opened.value = 'history';
      },
    });
  }
  if (canSave && !isBuiltin) {
    items.push({ id: 'delete', label: 'Delete', onPick: () => void remove(page) });
  }
  return items;
}

async function copyLink({ dashboard }: DashboardPage): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    const text = 'The link is copied: it shows this dashboard with its time and what is chosen';
    const hint = dashboard.isChanged.peek() ? '. What is not saved is not in it' : '';
    dashboard.news.value = { kind: 'done', text: text + hint, details: [] };
  } catch {
    // No clipboard without HTTPS, except on this machine.
    const text = 'The browser lets nothing be copied from here: copy the address above instead';
    dashboard.news.value = { kind: 'failed', text, details: [] };
  }
}

/** A dashboard of one's own, as this one is now. */
async function saveCopy({ session, dashboard }: DashboardPage): Promise<void> {
  const spec = dashboard.spec.peek();
  const range = formatFrame(session.time.frame.peek());
  const copy: DashboardSpec = { ...spec, title: `Copy of ${spec.title}`, range };
  try {
    const { id } = await createDashboard(copy);
    session.go({}, dashboardPlace(id));
  } catch (error) {
    dashboard.news.value = { kind: 'failed', text: `Not saved: ${whyFailed(error)}`, details: [] };
  }
}

async function remove({ session, dashboard }: DashboardPage): Promise<void> {
  const { title } = dashboard.spec.peek();
  if (!confirm(`Delete “${title}”? It can be restored from the list of those that were deleted.`)) {
    return;
  }
  try {
    await deleteDashboard(dashboard.id, dashboard.base.peek().revision);
    dashboard.discard();
    session.go({}, DASHBOARDS);
  } catch (error) {
    dashboard.news.value = {
      kind: 'failed',
      text: `Not deleted: ${whyFailed(error)}`,
      details: [],
    };
  }
}
