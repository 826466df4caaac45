import { PANEL_VIEWS, type PanelView } from '../../model/panel-spec.ts';
import type { Panel } from '../panel/panel.ts';
import { ViewIcon } from './view-icon.tsx';

const WORDS: Readonly<Record<PanelView, string>> = {
  graph: 'Graph',
  stacked: 'Stacked areas',
  stat: 'Newest values',
  table: 'Table',
  heatmap: 'Heatmap',
};

/** A button for each way to show the values. */
export function ViewSwitch({ panel }: { readonly panel: Panel }) {
  const { view } = panel.spec.value;
  return (
    <fieldset class="view-switch">
      <legend class="visually-hidden">View</legend>
      {PANEL_VIEWS.map((name) => (
        <button
          key={name}
          type="button"
          data-testid={`view:${name}`}
          aria-pressed={name === view}
          aria-label={WORDS[name]}
          title={WORDS[name]}
          onClick={() => panel.setOptions({ view: name })}
        >
          <ViewIcon view={name} />
        </button>
      ))}
    </fieldset>
  );
}
