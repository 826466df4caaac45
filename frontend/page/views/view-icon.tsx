import type { PanelView } from '../../model/panel-spec.ts';

const DRAWINGS: Readonly<Record<PanelView, string>> = {
  graph: 'M2 12l3.5-5 3 2.5L14 3.5',
  stacked: 'M2 13V9l4-2.5 4 2 4-4.5v9zM2 13l4-2.5 4 1 4-2.5',
  stat: 'M3.5 11.5V4.5l-1.5 1M7 6a2 2 0 1 1 3.5 1.3L7 11.5h4M13.5 11.5h.5',
  table: 'M2 3.5h12v9H2zM2 6.5h12M2 9.5h12M6.5 3.5v9',
  heatmap: 'M2 2.5h3.5V6H2zM6.5 6.5H10V10H6.5zM10.5 10.5H14V14h-3.5zM10.5 2.5H14V6h-3.5z',
};

/** A drawing of a view; it says nothing that the text beside it doesn't. */
export function ViewIcon({ view }: { readonly view: PanelView }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={DRAWINGS[view]} />
    </svg>
  );
}
