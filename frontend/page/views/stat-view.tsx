import { useSignal } from '@preact/signals';
import { colourOf } from '../chart/colours.ts';
import { formatAge } from '../format.ts';
import { describe, nameOf } from '../labels.ts';
import type { PanelProps } from '../panel/panel-props.ts';
import { type SeriesRow, valuesOf } from '../series/series-columns.ts';
import { summarize } from '../series/summary.ts';
import { useSlowly } from '../slowly.ts';
import { levelOf } from '../units/levels.ts';
import { formatGlance } from '../units/quantity.ts';
import { LevelMark } from './level-mark.tsx';
import { MoreSeries } from './more-series.tsx';
import { sparkPath } from './spark-path.ts';

/** Tiles at first, and how many more each time they are asked for. */
const TILES = 48;
const INTERVAL_MS = 250;

/** The newest value of each series, large, with how it came about. */
export function StatView({ session, panel }: PanelProps) {
  const limit = useSignal(TILES);
  useSlowly(panel.revision, INTERVAL_MS).value;
  const rows = panel.visibleRows.value;
  return (
    // Tiles that have no room are scrolled to, by keys as well.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and nothing in it takes the focus
    // biome-ignore lint/a11y/useSemanticElements: it is no part of a form
    <div class="stat-view" data-testid="stat-view" role="group" aria-label="Values" tabIndex={0}>
      <ul class="stats" data-single={rows.length === 1}>
        {rows.slice(0, limit.value).map((row) => (
          <StatTile key={row.id} session={session} panel={panel} row={row} />
        ))}
      </ul>
      <MoreSeries
        panel={panel}
        moreCount={Math.max(0, rows.length - limit.value)}
        onMore={() => {
          limit.value += TILES;
        }}
      />
    </div>
  );
}

interface StatTileProps extends PanelProps {
  readonly row: SeriesRow;
}

function StatTile({ session, panel, row }: StatTileProps) {
  const { unit, thresholds } = panel.spec.value;
  const values = valuesOf(row);
  const summary = summarize(values);
  const level = summary && levelOf(summary.last, thresholds);
  const name = nameOf(row, panel.naming.value);
  const colour = colourOf(row.colour, session.theme.isDark.value);
  return (
    <li
      class="stat"
      data-testid="stat"
      data-level={level ?? 'none'}
      style={{ '--series-colour': colour }}
    >
      <p class="stat-name" title={describe(row.labels)}>
        <i class="swatch" />
        <span>{name}</span>
      </p>
      <p class="stat-value" data-testid="stat-value">
        {summary ? formatGlance(summary.last, unit) : '–'}
        <LevelMark level={level} />
      </p>
      {summary && (
        <svg class="sparkline" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <path d={sparkPath(values, summary.min, summary.max)} />
        </svg>
      )}
      <p class="stat-age">{summary && <ValueAge session={session} panel={panel} row={row} />}</p>
    </li>
  );
}

/** How old the value is, where it is not of the last step: the series has fallen silent. */
function ValueAge({ session, panel, row }: StatTileProps) {
  const lastStep = summarize(valuesOf(row))?.lastStep ?? -1;
  const lastMs = row.columns.times[lastStep];
  if (lastMs === undefined) return null;
  const { value: frame } = panel.frame;
  const endMs = frame.kind === 'fixed' ? frame.toMs : session.clock.nowMs.value;
  const age = formatAge(endMs - lastMs);
  if (age === 'now') return null;
  return <>{frame.kind === 'fixed' ? `${age} before the end` : `${age} ago`}</>;
}
