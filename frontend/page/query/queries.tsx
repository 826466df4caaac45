import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { PanelQuery } from '../../model/panel-spec.ts';
import { focusExpression } from '../expression/focus-expression.ts';
import type { Panel } from '../panel/panel.ts';
import { QueryEditing } from './query-editing.ts';
import { QueryRow } from './query-row.tsx';

interface QueriesProps {
  readonly panel: Panel;
  /** The panel is to have these. */
  readonly onChange: (queries: readonly PanelQuery[]) => void;
}

/** The queries of a panel, a row each, where they are written. A single one is one line, with nothing that only several need. */
export function Queries({ panel, onChange }: QueriesProps) {
  const list = useRef<HTMLUListElement>(null);
  const editing = useMemo(() => new QueryEditing(panel.queries, onChange), [panel]);
  useEffect(() => () => editing.close(), [editing]);
  const drafts = editing.drafts.value;
  return (
    <div class="queries">
      <ul ref={list} aria-label="Queries">
        {drafts.map((draft, index) => (
          <QueryRow
            key={draft.key}
            panel={panel}
            editing={editing}
            draft={draft}
            index={index}
            isAlone={drafts.length === 1}
            isLast={index === drafts.length - 1}
            onRemove={() => {
              editing.remove(draft);
              // The button that had the focus is gone.
              focusExpression(list.current);
            }}
          />
        ))}
      </ul>
    </div>
  );
}
