import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DashboardEntry } from '../../dashboards/protocol.ts';
import type { Note } from '../../model/annotation.ts';
import { type DashboardSpec, emptyDashboard } from '../../model/dashboard-spec.ts';
import { formatFrame } from '../../model/time-frame.ts';
import { withNote } from '../annotations/timeline.ts';
import { Dialog } from '../dialog.tsx';
import { SelectField, TextField } from '../form-field.tsx';
import { dashboardPlace } from '../place.ts';
import { randomId } from '../random-id.ts';
import type { Session } from '../session.ts';
import { PANEL_SIZE, withPanel } from './dashboard-page.ts';
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
        <SelectField
          label="Dashboard"
          testId="target-dashboard"
          value={target.value}
          options={[
            [NEW, 'A new one'],
            ...entries.value.map(({ id, title: name }) => [id, name] as const),
          ]}
          onPick={(picked) => {
            target.value = picked;
          }}
        />
        {target.value === NEW && (
          <TextField
            label="Its title"
            testId="new-title"
            isRequired
            maxLength={200}
            value={title.value}
            onText={(written) => {
              title.value = written;
            }}
          />
        )}
        <TextField
          label="Title of the panel"
          testId="new-panel-title"
          placeholder="named by what it shows"
          maxLength={200}
          value={panelTitle.value}
          onText={(written) => {
            panelTitle.value = written;
          }}
        />
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
  const { db, panel, notes } = session.view.peek();
  return { placed: { id: randomId(), db, spec: { ...panel, title }, ...PANEL_SIZE }, notes };
}

type ExploredPanel = ReturnType<typeof exploredPanel>;

/** The dashboard with the panel, and the notes beside those that it has. */
function withExplored(dashboard: DashboardSpec, { placed, notes }: ExploredPanel): DashboardSpec {
  const db = placed.db === dashboard.db ? null : placed.db;
  return {
    ...withPanel(dashboard, { ...placed, db }),
    notes: notes.reduce<readonly Note[]>(withNote, dashboard.notes),
  };
}

async function createWith(
  session: Session,
  title: string,
  explored: ExploredPanel,
): Promise<string> {
  const range = formatFrame(session.time.frame.peek());
  const empty = emptyDashboard({ title, db: explored.placed.db, range });
  const { id } = await createDashboard(withExplored(empty, explored));
  return id;
}

async function addTo(id: string, explored: ExploredPanel): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { spec, revision } = await readDashboard(id);
    try {
      await saveDashboard(id, withExplored(spec, explored), revision);
      return id;
    } catch (error) {
      const isConflict = error instanceof DashboardError && error.current !== undefined;
      if (!isConflict || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
