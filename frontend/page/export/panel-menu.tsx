import { useRef } from 'preact/hooks';
import { writeNewNote } from '../annotations/new-note.ts';
import { Menu, type MenuItem } from '../dashboard/menu.tsx';
import type { PanelProps } from '../panel/panel-props.ts';
import type { ExportKind } from './panel-export.ts';

const KINDS: readonly (readonly [kind: ExportKind, label: string])[] = [
  ['csv', 'Save values as CSV'],
  ['json', 'Save values as JSON'],
  ['png', 'Save the chart as an image'],
];

/** What can be done with what a panel shows. */
export function PanelMenu({ session, panel }: PanelProps) {
  const place = useRef<HTMLDivElement>(null);
  return (
    <div ref={place}>
      <Menu
        label="Values and files"
        testId="panel-menu"
        items={valuesItems({ session, panel }, () => place.current?.closest('.panel') ?? null)}
      />
    </div>
  );
}

/** @param element gives that of the panel, with its canvas */
export function valuesItems(
  { session, panel }: PanelProps,
  element: () => Element | null,
): readonly MenuItem[] {
  const { isTableShown } = panel;
  return [
    {
      id: 'values',
      label: isTableShown.value ? 'Show the chart' : 'Show values as a table',
      onPick: () => {
        isTableShown.value = !isTableShown.value;
      },
    },
    ...noteItems({ session, panel }),
    ...KINDS.map(([kind, label]) => ({
      id: `save:${kind}`,
      label,
      onPick: () => {
        void import('./panel-export.ts').then(({ exportPanel }) =>
          exportPanel(kind, { session, panel }, element()),
        );
      },
    })),
  ];
}

/** A note about the place that is pinned, or about now: the way to one without a mouse. */
function noteItems({ session, panel }: PanelProps): MenuItem[] {
  if (session.timeline.value.notes.refusal.value !== undefined) return [];
  const onPick = () => {
    const timeMs = panel.chart.pinned.peek()?.timeMs ?? session.clock.nowMs.peek();
    writeNewNote(session, timeMs, timeMs);
  };
  return [{ id: 'write-note', label: 'Write a note', onPick }];
}
