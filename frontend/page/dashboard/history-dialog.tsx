import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DashboardRevision } from '../../dashboards/protocol.ts';
import { Dialog } from '../dialog.tsx';
import { formatCount, formatTime } from '../format.ts';
import { readHistory, whyFailed } from './dashboards-client.ts';
import type { OpenDashboard } from './open-dashboard.ts';

interface HistoryDialogProps {
  readonly dashboard: OpenDashboard;
  readonly onClose: () => void;
}

/** Who saved it when, and each of these revisions back again. */
export function HistoryDialog({ dashboard, onClose }: HistoryDialogProps) {
  const revisions = useSignal<readonly DashboardRevision[] | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const { revision: current } = dashboard.base.value;
  useEffect(() => {
    readHistory(dashboard.id).then(
      (found) => {
        revisions.value = found;
      },
      (error) => {
        failure.value = whyFailed(error);
      },
    );
  }, [dashboard, current, revisions, failure]);
  return (
    <Dialog title="History" testId="history-dialog" onClose={onClose}>
      {failure.value && <p class="dialog-failure">{failure.value}</p>}
      {!revisions.value && !failure.value && <p class="loading">Loading …</p>}
      <ol class="revisions">
        {revisions.value?.map((revision) => (
          <li key={revision.revision}>
            <span class="revision-words">
              <b>{revision.isDeleted ? 'deleted' : revision.title}</b>
              <span class="revision-when">{revisionWords(revision)}</span>
            </span>
            {revision.revision === current ? (
              <span class="badge">now</span>
            ) : (
              !revision.isDeleted &&
              dashboard.canSave.value && (
                <button
                  type="button"
                  class="text-button"
                  data-testid={`restore:${revision.revision}`}
                  onClick={() => {
                    void dashboard.restore(revision.revision);
                    onClose();
                  }}
                >
                  Restore
                </button>
              )
            )}
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

function revisionWords({ savedAtMs, savedBy, panels }: DashboardRevision): string {
  const time = formatTime(savedAtMs, Date.now());
  return `${time}${savedBy ? ` by ${savedBy}` : ''}, ${formatCount(panels, 'panel', 'panels')}`;
}
