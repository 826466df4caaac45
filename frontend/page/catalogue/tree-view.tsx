import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { metricSelector } from '../expression/metric-selector.ts';
import { formatAge, formatCount } from '../format.ts';
import { ChevronIcon, InfoIcon } from '../icons.tsx';
import type { Session } from '../session.ts';
import type { CatalogueField } from './catalogue.ts';
import { type FieldRow, isPickable, type MeasurementRow, type Tree, type TreeRow } from './tree.ts';

interface TreeViewProps {
  readonly session: Session;
  readonly tree: Tree;
  readonly onToggle: (measurement: string, isOpen: boolean) => void;
  readonly onPick: () => void;
}

/** Measurements and fields; arrow keys move, open and close, Enter picks: as WAI-ARIA has trees. */
export function TreeView({
  session,
  tree: { rows, hiddenCount },
  onToggle,
  onPick,
}: TreeViewProps) {
  const list = useRef<HTMLDivElement>(null);
  const focusedId = useSignal<string | undefined>(undefined);
  const exprs = session.view.value.panel.queries.map(({ expr }) => expr);
  const tabId = (rows.find(({ id }) => id === focusedId.value) ?? rows[0])?.id;

  const activate = (row: TreeRow) => {
    if (row.kind === 'measurement') onToggle(row.id, !row.isOpen);
    else if (isPickable(row.field)) {
      session.showMetric(row.field.metric);
      onPick();
    }
  };
  const tell = (row: TreeRow) => {
    session.refine({ about: row.measurement.name });
    onPick();
  };
  const focus = (row: TreeRow | undefined) => {
    if (!row) return;
    focusedId.value = row.id;
    const element = list.current?.children[rows.indexOf(row)];
    if (element instanceof HTMLElement) element.focus();
  };
  const onClick = ({ target }: MouseEvent) => {
    const item = target instanceof Element ? target.closest('[role=treeitem]') : null;
    const items = [...(list.current?.children ?? [])];
    const row = item ? rows[items.indexOf(item)] : undefined;
    if (!row) return;
    focusedId.value = row.id;
    if (target instanceof Element && target.closest('.about-button')) tell(row);
    else activate(row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows.find(({ id }) => id === tabId);
    if (!row) return;
    const target = rowByKey(event.key, rows, row);
    if (target) focus(target);
    else if (row.kind === 'measurement' && isToggleKey(event.key, row)) activate(row);
    else if (event.key === 'i' && isPlain(event)) tell(row);
    else if (event.key === 'Enter' || event.key === ' ') activate(row);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div
        class="tree"
        role="tree"
        aria-label="Measurements"
        ref={list}
        onClick={onClick}
        onKeyDown={onKeyDown}
      >
        {rows.map((row) => {
          const tabIndex = row.id === tabId ? 0 : -1;
          if (row.kind === 'measurement') {
            return <MeasurementItem key={row.id} row={row} session={session} tabIndex={tabIndex} />;
          }
          const isPicked = exprs.includes(metricSelector(row.field.metric));
          return <FieldItem key={row.id} row={row} isPicked={isPicked} tabIndex={tabIndex} />;
        })}
      </div>
      {hiddenCount > 0 && (
        <p class="sidebar-note">and {formatCount(hiddenCount, 'row', 'rows')} more: search.</p>
      )}
    </>
  );
}

function isPlain({ altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return !(altKey || ctrlKey || metaKey);
}

/** The row that a key leads to. */
function rowByKey(key: string, rows: readonly TreeRow[], row: TreeRow): TreeRow | undefined {
  const index = rows.indexOf(row);
  switch (key) {
    case 'ArrowDown':
      return rows[index + 1] ?? row;
    case 'ArrowUp':
      return rows[index - 1] ?? row;
    case 'Home':
      return rows[0];
    case 'End':
      return rows.at(-1);
    case 'ArrowRight':
      return row.kind === 'measurement' && row.isOpen ? rows[index + 1] : undefined;
    case 'ArrowLeft':
      return row.kind === 'field' ? rows.find(({ id }) => id === row.measurement.name) : undefined;
    default:
      return undefined;
  }
}

function isToggleKey(key: string, { isOpen }: MeasurementRow): boolean {
  return key === (isOpen ? 'ArrowLeft' : 'ArrowRight');
}

interface ItemProps {
  readonly tabIndex: number;
}

/** Older than this, samples are no longer coming. */
const FRESH_MS = 30_000;

function MeasurementItem({
  row: { measurement, isOpen },
  session,
  tabIndex,
}: ItemProps & { readonly row: MeasurementRow; readonly session: Session }) {
  const { name, seriesCount, newestMs } = measurement;
  const ageMs = newestMs === null ? undefined : session.clock.nowMs.value - newestMs;
  return (
    <div
      class="tree-item measurement"
      data-testid={`measurement:${name}`}
      role="treeitem"
      tabIndex={tabIndex}
      aria-level={1}
      aria-expanded={isOpen}
    >
      <ChevronIcon />
      <span class="tree-name" title={name}>
        {name}
      </span>
      <span class="tree-count" title={formatCount(seriesCount, 'series', 'series')}>
        {seriesCount}
      </span>
      {ageMs !== undefined && (
        <span class="tree-age" data-fresh={ageMs < FRESH_MS} title="Age of the newest sample">
          {formatAge(ageMs)}
        </span>
      )}
      <button
        type="button"
        class="about-button"
        data-testid={`about:${name}`}
        tabIndex={-1}
        aria-label={`About ${name}`}
        title={`About ${name} (i)`}
      >
        <InfoIcon />
      </button>
    </div>
  );
}

const TYPE_BADGES: Readonly<Record<CatalogueField['type'], string>> = {
  float: 'float',
  integer: 'int',
  unsigned: 'uint',
  boolean: 'bool',
  string: 'text',
};

function FieldItem({
  row: { measurement, field },
  isPicked,
  tabIndex,
}: ItemProps & { readonly row: FieldRow; readonly isPicked: boolean }) {
  const canPick = isPickable(field);
  return (
    <div
      class="tree-item field"
      data-testid={`field:${measurement.name}.${field.name}`}
      role="treeitem"
      tabIndex={tabIndex}
      aria-level={2}
      aria-selected={isPicked}
      aria-disabled={!canPick}
      title={canPick ? field.metric : 'Text can’t be drawn: it is kept, and SQL reads it.'}
    >
      <span class="tree-name">{field.name}</span>
      <span class="badge" data-type={field.type}>
        {TYPE_BADGES[field.type]}
      </span>
    </div>
  );
}
