import { useComputed } from '@preact/signals';
import { formatCount } from '../format.ts';
import { useSlowly } from '../slowly.ts';
import type { PanelProps } from './panel-props.ts';

const COUNT_INTERVAL_MS = 250;

/** Says that the picture stands still, and what has come meanwhile. */
export function PauseNote({ panel }: PanelProps) {
  const newCount = useComputed(() => {
    panel.results.charted.value?.revision.value;
    return panel.still.value?.newCount ?? 0;
  });
  const shownCount = useSlowly(newCount, COUNT_INTERVAL_MS);
  if (!panel.still.value) return null;
  return (
    <p class="pause-note" data-testid="paused">
      paused, {formatCount(shownCount.value, 'new point', 'new points')}
    </p>
  );
}
