import { PanelView } from './panel/panel-view.tsx';
import { Queries } from './query/queries.tsx';
import type { Session } from './session.ts';
import { RangePicker } from './time/range-picker.tsx';
import { TimeTrail } from './time/time-trail.tsx';

/** One panel, large, with all that changes what it shows. */
export function Explore({ session }: { readonly session: Session }) {
  return (
    <>
      <div class="toolbar">
        <Queries panel={session.panel} onChange={(queries) => session.showQueries(queries)} />
        <RangePicker session={session} />
      </div>
      <TimeTrail session={session} />
      <PanelView session={session} panel={session.panel} />
    </>
  );
}
