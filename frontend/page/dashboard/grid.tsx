import { useComputed, useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import type { PlacedPanel } from '../../model/dashboard-spec.ts';
import type { DashboardPage } from './dashboard-page.ts';
import { GridDrag } from './grid-drag.ts';
import { GridPanel } from './grid-panel.tsx';
import { rowsOf } from './layout.ts';

/** All panels where they lie; while one is dragged, where they would lie. On a phone one beneath the other. */
export function Grid({ page }: { readonly page: DashboardPage }) {
  const element = useRef<HTMLDivElement>(null);
  const drag = useMemo(() => new GridDrag(page.dashboard, element), [page]);
  const dragged = useSignal<string | undefined>(undefined);
  const panels = useComputed(() => drag.preview.value ?? page.dashboard.spec.value.panels);
  const isEditing = page.dashboard.isEditing.value;
  dragged.value = drag.draggedId.value;
  return (
    <div
      ref={element}
      class="grid"
      data-testid="grid"
      data-editing={isEditing}
      data-dragging={dragged.value !== undefined}
      style={{ '--rows': rowsOf(panels.value) }}
    >
      {panels.value.map((panel) => (
        <Cell key={panel.id} page={page} drag={drag} panel={panel} />
      ))}
    </div>
  );
}

interface CellProps {
  readonly page: DashboardPage;
  readonly drag: GridDrag;
  readonly panel: PlacedPanel;
}

function Cell({ page, drag, panel }: CellProps) {
  const { id, column, row, width, height, spec } = panel;
  const isEditing = page.dashboard.isEditing.value;
  const name = spec.title || 'panel';
  const style = {
    '--column': column,
    '--row': row,
    '--width': width,
    '--height': height,
    // Reading order where there is one column.
    '--order': row * 100 + column,
  };
  return (
    <div
      class="grid-cell"
      data-testid={`panel:${id}`}
      data-dragged={drag.draggedId.value === id}
      style={style}
      onPointerDown={(event) => {
        if (isEditing && isHead(event.target)) drag.start(event, id, 'move');
      }}
    >
      <GridPanel page={page} panelId={id} />
      {isEditing && (
        <>
          <button
            type="button"
            class="grid-move"
            data-testid={`move:${id}`}
            aria-label={`Place of ${name}: arrow keys move it, with Shift they change its size`}
            title="Drag to move; arrow keys do, too, and with Shift they change the size"
            onPointerDown={(event) => drag.start(event, id, 'move')}
            onKeyDown={(event) => {
              if (drag.key(event.key, event.shiftKey, id)) event.preventDefault();
            }}
          >
            ⠿
          </button>
          <div
            class="grid-resize"
            data-testid={`resize:${id}`}
            aria-hidden="true"
            onPointerDown={(event) => drag.start(event, id, 'resize')}
          />
        </>
      )}
    </div>
  );
}

/** A panel is taken by its head, except by the buttons in it. */
function isHead(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('.panel-head') !== null &&
    target.closest('button, a, input, select') === null
  );
}
