import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals';
import { colourOf } from '../chart/colours.ts';
import { isolateSeries, isShown, toggleSeries } from '../chart/series-selection.ts';
import { formatCount } from '../format.ts';
import { describe, NAMED_SERIES_MAX, nameOf } from '../labels.ts';
import { type SeriesRow, valuesOf } from '../series/series-columns.ts';
import { type Summary, summarize } from '../series/summary.ts';
import { useSlowly } from '../slowly.ts';
import { formatGlance } from '../units/quantity.ts';
import type { Panel } from './panel.ts';
import type { PanelProps } from './panel-props.ts';

/** Series that the legend tells at first, and how many more each time it is asked. */
const LEGEND_SERIES = 100;
const LEGEND_INTERVAL_MS = 250;

const byName = new Intl.Collator('en', { numeric: true });

/** The series of the chart with their values: the table behind the picture, and the switch of each line. */
export function Legend({ session, panel }: PanelProps) {
  const limit = useSignal(LEGEND_SERIES);
  const entries = useEntries(panel, limit);
  const drawCount = useSlowly(panel.chart.drawCount, LEGEND_INTERVAL_MS);
  drawCount.value;
  const shown = entries.value.slice(0, limit.value);
  const moreCount = (panel.results.charted.value?.rows.value.length ?? 0) - shown.length;
  return (
    <div class="legend" data-testid="legend">
      <table aria-label="Series">
        <thead>
          <tr>
            <th scope="col">Series</th>
            <th scope="col">{panel.frame.value.kind === 'fixed' ? 'Last' : 'Now'}</th>
            <th scope="col">Min</th>
            <th scope="col">Max</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ row, name }) => (
            <LegendRow
              key={row.id}
              session={session}
              panel={panel}
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
    </div>
  );
}

/** Sorted by name, which takes formatting every name: beyond the limit in the order they came, so many as were asked for. */
function useEntries(panel: Panel, limit: ReadonlySignal<number>) {
  return useComputed(() => {
    const rows = panel.results.charted.value?.rows.value ?? [];
    const entry = (row: SeriesRow) => ({ row, name: nameOf(row, panel.naming.value) });
    if (rows.length > NAMED_SERIES_MAX) return rows.slice(0, limit.value).map(entry);
    return rows.map(entry).sort((a, b) => byName.compare(a.name, b.name));
  });
}

interface LegendRowProps extends PanelProps {
  readonly row: SeriesRow;
  readonly name: string;
  /** undefined: there are no values. */
  readonly summary: Summary | undefined;
}

function LegendRow({ session, panel, row, name, summary }: LegendRowProps) {
  const selection = panel.selection.value;
  const isVisible = isShown(selection, row.id);
  const { unit } = panel.spec.value;
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
            onClick={() => panel.select(toggleSeries(selection, row.id))}
          >
            <i class="swatch" style={{ '--series-colour': colour }} />
          </button>
          <button
            type="button"
            class="legend-name"
            title={`${describe(row.labels)}\nClick: this series alone, or all again`}
            onClick={() => panel.select(isolateSeries(selection, row.id))}
          >
            {name}
          </button>
        </div>
      </th>
      <td>{summary ? formatGlance(summary.last, unit) : '–'}</td>
      <td>{summary ? formatGlance(summary.min, unit) : '–'}</td>
      <td>{summary ? formatGlance(summary.max, unit) : '–'}</td>
    </tr>
  );
}
