import { PanelMenu } from '../export/panel-menu.tsx';
import { formatAge, formatCount } from '../format.ts';
import { describe, isOneMetric } from '../labels.ts';
import { OptionsButton } from '../options/options-button.tsx';
import { ViewSwitch } from '../views/view-switch.tsx';
import type { Panel } from './panel.ts';
import type { PanelProps } from './panel-props.ts';

/** What the panel shows, in a line above it. */
export function PanelHead({ session, panel }: PanelProps) {
  const charted = panel.results.charted.value;
  const seriesCount = charted?.rows.value.length ?? 0;
  const omittedCount = charted?.omittedCount.value ?? 0;
  const common = panel.commonLabels.value;
  const shown = isOneMetric(common)
    ? describe(common)
    : (charted?.question.queries.map(({ expr }) => expr).join(', ') ?? panel.text.value);
  const title = panel.spec.value.title || shown;
  return (
    <header class="panel-head">
      <h2 title={shown}>{title || ' '}</h2>
      {!isOneMetric(common) && Object.keys(common).length > 0 && (
        <span class="panel-labels">{describe(common)}</span>
      )}
      <span class="panel-count">
        {seriesCount > 0 && formatCount(seriesCount, 'series', 'series')}
      </span>
      <SampleAge session={session} panel={panel} />
      {omittedCount > 0 && (
        <span class="warning">
          {formatCount(omittedCount, 'series is', 'series are')} not drawn
        </span>
      )}
      <LeftOut panel={panel} />
      {charted?.warnings.value.map((warning) => (
        <span key={warning} class="warning" title={warning}>
          {warning}
        </span>
      ))}
      {panel.hasOptions && (
        <div class="panel-tools">
          <ViewSwitch panel={panel} />
          <OptionsButton panel={panel} />
          <PanelMenu session={session} panel={panel} />
        </div>
      )}
    </header>
  );
}

function LeftOut({ panel }: { readonly panel: Panel }) {
  const count = panel.chart.leftOutCount.value;
  const { view, scale } = panel.spec.value;
  if (count === 0 || view !== 'graph' || scale !== 'log') return null;
  return (
    <span class="warning" data-testid="left-out" title="A logarithmic scale has no place for them">
      {formatCount(count, 'value', 'values')} ≤ 0 not drawn
    </span>
  );
}

function SampleAge({ session, panel }: PanelProps) {
  const newestMs = panel.newestMs.value;
  if (newestMs === undefined) return null;
  const age = formatAge(session.clock.nowMs.value - newestMs);
  return (
    <span data-testid="age" title="When the newest sample was taken">
      {age === 'now' ? 'sampled just now' : `newest sample ${age} ago`}
    </span>
  );
}
