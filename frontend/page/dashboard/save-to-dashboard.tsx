import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DashboardEntry } from '../../dashboards/protocol.ts';
import { emptyDashboard } from '../../model/dashboard-spec.ts';
import { formatFrame } from '../../model/time-frame.ts';
import { Dialog } from '../dialog.tsx';
import { dashboardPlace } from '../place.ts';
import type { Session } from '../session.ts';
import { newPanelId, PANEL_SIZE, withPanel } from './dashboard-page.ts';
import {
  createDashboard,
  DashboardError,
  listDashboards,
  readDashboard,
  saveDashboard,
  whyFailed,
} from './dashboards-client.ts';

const NEW = '';
/** Somebody may save it at the same time; a panel more goes with whatever they did. */
const ATTEMPTS_MAX = 5;

interface SaveToDashboardProps {
  readonly session: Session;
  readonly onClose: () => void;
}

/** Puts what is explored on a dashboard, a new one or one that there is. */
export function SaveToDashboard({ session, onClose }: SaveToDashboardProps) {
  const entries = useSignal<readonly DashboardEntry[]>([]);
  const failure = useSignal<string | undefined>(undefined);
  const target = useSignal(NEW);
  const title = useSignal('New dashboard');
  const panelTitle = useSignal('');
  useEffect(() => {
    listDashboards().then(
      (found) => {
        entries.value = found.filter(({ canSave, isBuiltin }) => canSave && !isBuiltin);
      },
      (error) => {
        failure.value = whyFailed(error);
      },
    );
  }, [entries, failure]);
  const save = async () => {
    try {
      const explored = exploredPanel(session, panelTitle.peek().trim());
      const id =
        target.peek() === NEW
          ? await createWith(session, title.peek().trim(), explored)
          : await addTo(target.peek(), explored);
      onClose();
      session.go({}, dashboardPlace(id));
    } catch (error) {
      failure.value = whyFailed(error);
    }
  };
  return (
    <Dialog title="Save to a dashboard" testId="save-to-dashboard-dialog" onClose={onClose}>
      <form
        class="settings"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <label class="form-field">
          <span>Dashboard</span>
          <select
            data-testid="target-dashboard"
            value={target.value}
            onChange={(event) => {
              target.value = event.currentTarget.value;
            }}
          >
            <option value={NEW}>A new one</option>
            {entries.value.map(({ id, title: name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {target.value === NEW && (
          <label class="form-field">
            <span>Its title</span>
            <input
              type="text"
              data-testid="new-title"
              required
              maxLength={200}
              value={title.value}
              onInput={(event) => {
                title.value = event.currentTarget.value;
              }}
            />
          </label>
        )}
        <label class="form-field">
          <span>Title of the panel</span>
          <input
            type="text"
            data-testid="new-panel-title"
            placeholder="named by what it shows"
            maxLength={200}
            value={panelTitle.value}
            onInput={(event) => {
              panelTitle.value = event.currentTarget.value;
            }}
          />
        </label>
        {failure.value !== undefined && (
          <p class="dialog-failure" role="alert">
            {failure.value}
          </p>
        )}
        <footer class="dialog-actions">
          <button type="button" class="text-button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary-button" data-testid="save-to-dashboard-done">
            Save
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function exploredPanel(session: Session, title: string) {
  const { db, panel } = session.view.peek();
  return { id: newPanelId(), db, spec: { ...panel, title }, ...PANEL_SIZE };
}

type ExploredPanel = ReturnType<typeof exploredPanel>;

async function createWith(
  session: Session,
  title: string,
  { db, ...panel }: ExploredPanel,
): Promise<string> {
  const range = formatFrame(session.time.frame.peek());
  const empty = emptyDashboard({ title, db, range });
  const { id } = await createDashboard(withPanel(empty, { ...panel, db: null }));
  return id;
}

async function addTo(id: string, panel: ExploredPanel): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { spec, revision } = await readDashboard(id);
    const db = panel.db === spec.db ? null : panel.db;
    try {
      await saveDashboard(id, withPanel(spec, { ...panel, db }), revision);
      return id;
    } catch (error) {
      const isConflict = error instanceof DashboardError && error.current !== undefined;
      if (!isConflict || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
