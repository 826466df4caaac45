import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals';
import { formatCount, formatValue } from '../format.ts';
import { describe, distinguish, NAMED_SERIES_MAX } from '../labels.ts';
import { type SeriesRow, valuesOf } from '../series/series-columns.ts';
import type { Session } from '../session.ts';
import { useSlowly } from '../slowly.ts';
import type { ChartState } from './chart-state.ts';
import { colourOf } from './colours.ts';
import { type Summary, summarize } from './nearest.ts';
import { isolateSeries, isShown, toggleSeries } from './series-selection.ts';

interface LegendProps {
  readonly session: Session;
  readonly state: ChartState;
}

/** Series that the legend tells at first, and how many more each time it is asked. */
const LEGEND_SERIES = 100;
const LEGEND_INTERVAL_MS = 250;

const byName = new Intl.Collator('en', { numeric: true });

/** The series of the chart with their values: the table behind the picture, and the switch of each line. */
export function Legend({ session, state }: LegendProps) {
  const limit = useSignal(LEGEND_SERIES);
  const entries = useEntries(session, limit);
  const drawCount = useSlowly(state.drawCount, LEGEND_INTERVAL_MS);
  drawCount.value;
  const shown = entries.value.slice(0, limit.value);
  const moreCount = (session.charted.value?.rows.value.length ?? 0) - shown.length;
  return (
    <section class="legend" data-testid="legend" aria-label="Series">
      <table>
        <thead>
          <tr>
            <th scope="col">Series</th>
            <th scope="col">Now</th>
            <th scope="col">Min</th>
            <th scope="col">Max</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ row, name }) => (
            <LegendRow
              key={row.id}
              session={session}
              row={row}
              name={name}
              summary={summarize(valuesOf(row))}
            />
          ))}
        </tbody>
      </table>
      {moreCount > 0 && (
        <button
          type="button"
          class="legend-more"
          onClick={() => {
            limit.value += LEGEND_SERIES;
          }}
        >
          and {formatCount(moreCount, 'series', 'series')} more
        </button>
      )}
    </section>
  );
}

/** Sorted by name, which takes formatting every name: beyond the limit in the order they came, so many as were asked for. */
function useEntries(session: Session, limit: ReadonlySignal<number>) {
  return useComputed(() => {
    const query = session.charted.value;
    const rows = query?.rows.value ?? [];
    const fallback = query?.question.expr ?? '';
    const entry = (row: SeriesRow) => ({
      row,
      name: distinguish(row.labels, session.commonLabels.value) || fallback,
    });
    if (rows.length > NAMED_SERIES_MAX) return rows.slice(0, limit.value).map(entry);
    return rows.map(entry).sort((a, b) => byName.compare(a.name, b.name));
  });
}

interface LegendRowProps {
  readonly session: Session;
  readonly row: SeriesRow;
  readonly name: string;
  /** undefined: there are no values. */
  readonly summary: Summary | undefined;
}

function LegendRow({ session, row, name, summary }: LegendRowProps) {
  const { series } = session.view.value;
  const isVisible = isShown(series, row.id);
  const colour = colourOf(row.colour, session.theme.isDark.value);
  return (
    <tr data-shown={isVisible}>
      <th scope="row">
        <div class="legend-series">
          <button
            type="button"
            class="legend-toggle"
            aria-pressed={isVisible}
            aria-label={`Show ${name}`}
            title={isVisible ? 'Hide this series' : 'Show this series'}
            onClick={() => session.selectSeries(toggleSeries(series, row.id))}
          >
            <i class="swatch" style={{ '--series-colour': colour }} />
          </button>
          <button
            type="button"
            class="legend-name"
            title={`${describe(row.labels)}\nClick: this series alone, or all again`}
            onClick={() => session.selectSeries(isolateSeries(series, row.id))}
          >
            {name}
          </button>
        </div>
      </th>
      <td>{summary ? formatValue(summary.last) : '–'}</td>
      <td>{summary ? formatValue(summary.min) : '–'}</td>
      <td>{summary ? formatValue(summary.max) : '–'}</td>
    </tr>
  );
}
