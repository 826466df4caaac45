import { useMemo } from 'preact/hooks';
import { formatAge, formatCount } from '../format.ts';
import { describe, isOneMetric } from '../labels.ts';
import type { Session } from '../session.ts';
import { Chart } from './chart.tsx';
import { ChartState } from './chart-state.ts';
import { Legend } from './legend.tsx';
import { Notices } from './notices.tsx';

/** A chart with its title, its legend, and whatever there is to say about it. */
export function ChartPanel({ session }: { readonly session: Session }) {
  const state = useMemo(() => new ChartState(), []);
  const isPending = session.wanted.value !== session.charted.value;
  return (
    <section class="panel" data-pending={isPending} aria-busy={isPending}>
      <PanelHead session={session} state={state} />
      <div class="panel-body">
        <Chart session={session} state={state} />
        <Notices session={session} />
      </div>
      <Legend session={session} state={state} />
    </section>
  );
}

interface PanelHeadProps {
  readonly session: Session;
  readonly state: ChartState;
}

function PanelHead({ session, state }: PanelHeadProps) {
  const query = session.charted.value;
  const seriesCount = query?.rows.value.length ?? 0;
  const omittedCount = query?.omittedCount.value ?? 0;
  const common = session.commonLabels.value;
  const title = isOneMetric(common)
    ? describe(common)
    : (query?.question.expr ?? session.view.value.expr);
  return (
    <header class="panel-head">
      <h2 title={title}>{title || ' '}</h2>
      {!isOneMetric(common) && Object.keys(common).length > 0 && (
        <span class="panel-labels">{describe(common)}</span>
      )}
      {seriesCount > 0 && <span>{formatCount(seriesCount, 'series', 'series')}</span>}
      <SampleAge session={session} />
      {omittedCount > 0 && (
        <span class="warning">
          {formatCount(omittedCount, 'series is', 'series are')} not drawn
        </span>
      )}
      {query?.warnings.value.map((warning) => (
        <span key={warning} class="warning" title={warning}>
          {warning}
        </span>
      ))}
      {state.zoom.value && (
        <button
          type="button"
          class="zoom-reset"
          data-testid="zoom-reset"
          onClick={() => {
            state.zoom.value = undefined;
          }}
        >
          Reset zoom
        </button>
      )}
    </header>
  );
}

function SampleAge({ session }: { readonly session: Session }) {
  const newestMs = session.newestMs.value;
  if (newestMs === undefined) return null;
  const age = formatAge(session.clock.nowMs.value - newestMs);
  return (
    <span data-testid="age" title="When the newest sample was taken">
      {age === 'now' ? 'sampled just now' : `newest sample ${age} ago`}
    </span>
  );
}
