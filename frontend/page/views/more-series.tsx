import { ALL_SERIES } from '../chart/series-selection.ts';
import { formatCount } from '../format.ts';
import type { Panel } from '../panel/panel.ts';

interface MoreSeriesProps {
  readonly panel: Panel;
  /** Series that there would be room for if somebody asked. */
  readonly moreCount: number;
  readonly onMore: () => void;
}

/** What a view has not told: series beyond its limit, and those that were hidden in the legend of a graph. */
export function MoreSeries({ panel, moreCount, onMore }: MoreSeriesProps) {
  const all = panel.results.charted.value?.rows.value.length ?? 0;
  const hiddenCount = all - panel.visibleRows.value.length;
  return (
    <>
      {moreCount > 0 && (
        <button type="button" class="legend-more" data-testid="more" onClick={onMore}>
          and {formatCount(moreCount, 'series', 'series')} more
        </button>
      )}
      {hiddenCount > 0 && (
        <button
          type="button"
          class="legend-more"
          data-testid="show-hidden"
          onClick={() => panel.select(ALL_SERIES)}
        >
          show {formatCount(hiddenCount, 'hidden series', 'hidden series')}
        </button>
      )}
    </>
  );
}
