import { Chart } from '../chart/chart.tsx';
import { late } from '../late.tsx';
import { Legend } from './legend.tsx';
import { Notices } from './notices.tsx';
import { PanelHead } from './panel-head.tsx';
import type { PanelProps } from './panel-props.ts';
import { PauseNote } from './pause-note.tsx';

const ValuesTable = late(async () => (await import('../export/values-table.tsx')).ValuesTable);

/** A panel with its title, its legend, and whatever there is to say about it. */
export function PanelView({ session, panel }: PanelProps) {
  const { wanted, charted } = panel.results;
  const isPending = wanted.value !== charted.value;
  return (
    <section class="panel" data-pending={isPending} aria-busy={isPending}>
      <PanelHead session={session} panel={panel} />
      <div class="panel-body">
        <Chart session={session} panel={panel} />
        {panel.isTableShown.value && <ValuesTable session={session} panel={panel} />}
        <PauseNote session={session} panel={panel} />
        <Notices session={session} panel={panel} />
      </div>
      <Legend session={session} panel={panel} />
    </section>
  );
}
