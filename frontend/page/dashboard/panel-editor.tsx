import { useSignal } from '@preact/signals';
import type { PlacedPanel } from '../../model/dashboard-spec.ts';
import { Explore } from '../explore.tsx';
import { TextField } from '../form-field.tsx';
import type { DashboardPage } from './dashboard-page.ts';
import { VariableBar } from './variable-bar.tsx';

interface PanelEditorProps {
  readonly page: DashboardPage;
  readonly placed: PlacedPanel;
}

/** A panel of the dashboard with all that changes what it shows, as where things are explored. */
export function PanelEditor({ page, placed }: PanelEditorProps) {
  const title = useSignal(placed.spec.title);
  return (
    <div class="panel-editor" data-testid="panel-editor">
      <form
        class="dashboard-bar"
        onSubmit={(event) => {
          event.preventDefault();
          page.finishPanel(title.value.trim());
        }}
      >
        <TextField
          label="Title"
          testId="panel-title"
          placeholder="named by what it shows"
          maxLength={200}
          value={title.value}
          onText={(written) => {
            title.value = written;
          }}
        />
        <div class="dashboard-actions">
          <button
            type="button"
            class="text-button"
            data-testid="cancel-panel"
            onClick={() => page.showPanel(null)}
          >
            Cancel
          </button>
          <button type="submit" class="primary-button" data-testid="finish-panel">
            Apply
          </button>
        </div>
      </form>
      <VariableBar page={page} />
      <Explore session={page.session} />
    </div>
  );
}
