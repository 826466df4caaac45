import { type Signal, useSignal } from '@preact/signals';
import { colourOf } from '../chart/colours.ts';
import { describe } from '../labels.ts';
import type { PanelProps } from '../panel/panel-props.ts';
import { useSlowly } from '../slowly.ts';
import { levelOf } from '../units/levels.ts';
import { LevelMark } from './level-mark.tsx';
import { MoreSeries } from './more-series.tsx';
import {
  sortLines,
  type TableColumn,
  type TableLine,
  type TableSort,
  tableColumns,
  tableLines,
} from './table-columns.ts';

/** Lines at first, and how many more each time they are asked for. */
const LINES = 100;
const INTERVAL_MS = 1000;

/** The series in lines, their labels and values in columns; a click on a column's head sorts by it. */
export function TableView({ session, panel }: PanelProps) {
  const limit = useSignal(LINES);
  const sort = useSignal<TableSort | undefined>(undefined);
  useSlowly(panel.revision, INTERVAL_MS).value;
  const rows = panel.visibleRows.value;
  const { unit } = panel.spec.value;
  const lastTitle = panel.frame.value.kind === 'fixed' ? 'Last' : 'Now';
  const columns = tableColumns(rows, panel.naming.value, unit, lastTitle);
  const sorted = columns.find(({ id }) => id === sort.value?.columnId) ?? columns[0];
  const isDescending = sort.value?.isDescending ?? false;
  const lines = sorted ? sortLines(tableLines(rows), sorted, isDescending) : [];
  return (
    <section
      class="table-view"
      data-testid="table-view"
      aria-label={`Values of ${panel.text.value}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <ColumnHead
                key={column.id}
                column={column}
                isSorted={column === sorted}
                isDescending={isDescending}
                sort={sort}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, limit.value).map((line) => (
            <Line key={line.row.id} session={session} panel={panel} line={line} columns={columns} />
          ))}
        </tbody>
      </table>
      <MoreSeries
        panel={panel}
        moreCount={Math.max(0, rows.length - limit.value)}
        onMore={() => {
          limit.value += LINES;
        }}
      />
    </section>
  );
}

interface ColumnHeadProps {
  readonly column: TableColumn;
  readonly isSorted: boolean;
  readonly isDescending: boolean;
  readonly sort: Signal<TableSort | undefined>;
}

function ColumnHead({ column, isSorted, isDescending, sort }: ColumnHeadProps) {
  const { id, title, kind } = column;
  // Of numbers, the largest are what people look for.
  const next = isSorted ? !isDescending : kind === 'number';
  const direction = isDescending ? 'descending' : 'ascending';
  return (
    <th scope="col" data-kind={kind} aria-sort={isSorted ? direction : 'none'}>
      <button
        type="button"
        data-testid={`sort:${id}`}
        onClick={() => {
          sort.value = { columnId: id, isDescending: next };
        }}
      >
        {title}
        <span class="sort-mark" aria-hidden="true">
          {isSorted ? (isDescending ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}

interface LineProps extends PanelProps {
  readonly line: TableLine;
  readonly columns: readonly TableColumn[];
}

function Line({ session, panel, line, columns }: LineProps) {
  const { row, summary } = line;
  const level = summary && levelOf(summary.last, panel.spec.value.thresholds);
  const colour = colourOf(row.colour, session.theme.isDark.value);
  return (
    <tr data-testid="table-line" title={describe(row.labels)}>
      {columns.map((column, index) => (
        <td
          key={column.id}
          data-kind={column.kind}
          data-level={column.id === 'last' ? level : undefined}
        >
          {index === 0 && <i class="swatch" style={{ '--series-colour': colour }} />}
          {column.id === 'last' && <LevelMark level={level} />}
          {column.textOf(line)}
        </td>
      ))}
    </tr>
  );
}
