import { useRef } from 'preact/hooks';
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
