import { useRef } from 'preact/hooks';
import { AnnotationSwitches, AnnotationsButton } from './annotations/annotation-bar.tsx';
import { focusExpression } from './expression/focus-expression.ts';
import { PanelView } from './panel/panel-view.tsx';
import { Queries } from './query/queries.tsx';
import { SaveButton } from './save-button.tsx';
import type { Session } from './session.ts';
import { useShortcut } from './shortcuts/use-shortcut.ts';
import { RangePicker } from './time/range-picker.tsx';
import { TimeTrail } from './time/time-trail.tsx';

/** One panel, large, with all that changes what it shows. */
export function Explore({ session }: { readonly session: Session }) {
  const toolbar = useRef<HTMLDivElement>(null);
  useShortcut(session, 'expression', () => focusExpression(toolbar.current));
  return (
    <>
      <div class="toolbar" ref={toolbar}>
        <Queries panel={session.panel} onChange={(queries) => session.showQueries(queries)} />
        <RangePicker session={session} />
      </div>
      <div class="trail-row">
        <TimeTrail session={session} />
        <AnnotationSwitches session={session} troubles={session.panel.annotations.troubles.value} />
        <div class="trail-buttons">
          <AnnotationsButton session={session} />
          <SaveButton session={session} />
        </div>
      </div>
      <PanelView session={session} panel={session.panel} />
    </>
  );
}
