import type { Labels } from '@overseer/shared/queries';
import { distinguish } from '../labels.ts';
import { formatAmount } from './amounts.ts';
import type { BusySeries } from './measurement-details.ts';

interface BusiestSeriesProps {
  readonly busiest: readonly BusySeries[];
  readonly onPick: (labels: Labels) => void;
}

/** The series that most is written to; a press draws one. */
export function BusiestSeries({ busiest, onPick }: BusiestSeriesProps) {
  if (busiest.length === 0) return null;
  return (
    <section class="explorer-part" data-testid="busiest">
      <h3>Busiest series, points a second</h3>
      <ul class="explorer-list">
        {busiest.map(({ labels, rowsPerSecond }) => {
          const name = distinguish(labels, {}) || 'without tags';
          return (
            <li key={name}>
              <button type="button" title="Draw this series" onClick={() => onPick(labels)}>
                <span>{name}</span>
                <span class="explorer-count">{formatAmount(rowsPerSecond)}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
