import type { PanelView as ViewName } from '../../model/panel-spec.ts';
import { Chart } from '../chart/chart.tsx';
import { late } from '../late.tsx';
import { Legend } from './legend.tsx';
import { Notices } from './notices.tsx';
import { PanelHead } from './panel-head.tsx';
import type { PanelProps } from './panel-props.ts';
import { PauseNote } from './pause-note.tsx';

const ValuesTable = late(async () => (await import('../export/values-table.tsx')).ValuesTable);

const StatView = late(async () => (await import('../views/stat-view.tsx')).StatView);
const Heatmap = late(async () => (await import('../chart/heatmap.tsx')).Heatmap);
const TableView = late(async () => (await import('../views/table-view.tsx')).TableView);

/** Views in which a legend says what is what. */
const WITH_LEGEND: readonly ViewName[] = ['graph', 'stacked'];

/** A panel with its title, its legend, and whatever there is to say about it. */
export function PanelView({ session, panel }: PanelProps) {
  const { wanted, charted } = panel.results;
  const isPending = wanted.value !== charted.value;
  return (
    <section class="panel" data-pending={isPending} aria-busy={isPending}>
      <PanelHead session={session} panel={panel} />
      <div class="panel-body">
        <PanelPicture session={session} panel={panel} />
        {panel.isTableShown.value && <ValuesTable session={session} panel={panel} />}
        <PauseNote session={session} panel={panel} />
        <Notices session={session} panel={panel} />
      </div>
      {WITH_LEGEND.includes(panel.spec.value.view) && <Legend session={session} panel={panel} />}
    </section>
  );
}

/** The values, as the panel wants them shown. */
function PanelPicture(props: PanelProps) {
  switch (props.panel.spec.value.view) {
    case 'stat':
      return <StatView {...props} />;
    case 'heatmap':
      return <Heatmap {...props} />;
    case 'table':
      return <TableView {...props} />;
    default:
      return <Chart {...props} />;
  }
}
