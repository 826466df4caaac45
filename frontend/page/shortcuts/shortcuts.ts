import { PRESETS, rangeWords } from '../../model/time-frame.ts';

/** A key that does something wherever the focus is, except where people type. */
export interface Shortcut {
  /** Whose handler it calls; keys of one name do the same. */
  readonly name: ShortcutName;
  /** As `KeyboardEvent.key` has it: what is printed on the key, whatever the layout. */
  readonly key: string;
  /** What it does, for people. */
  readonly words: string;
  readonly group: 'Find' | 'Time' | 'Page';
}

/** Of the range at that place among the presets. */
type RangeName = `range ${number}`;

export type ShortcutName =
  | RangeName
  | 'search'
  | 'expression'
  | 'earlier'
  | 'later'
  | 'zoom out'
  | 'pause'
  | 'theme'
  | 'explore'
  | 'dashboards'
  | 'help';

/** All of them, in the order in which the help tells them. */
export const SHORTCUTS: readonly Shortcut[] = [
  { name: 'search', key: '/', words: 'Search fields, or dashboards', group: 'Find' },
  { name: 'expression', key: 'e', words: 'Write the expression', group: 'Find' },
  ...PRESETS.map(
    ({ rangeMs }, index): Shortcut => ({
      name: `range ${index}`,
      key: String(index + 1),
      words: `The last ${rangeWords(rangeMs)}`,
      group: 'Time',
    }),
  ),
  { name: 'earlier', key: '[', words: 'Earlier', group: 'Time' },
  { name: 'later', key: ']', words: 'Later', group: 'Time' },
  { name: 'zoom out', key: 'z', words: 'Zoom out', group: 'Time' },
  { name: 'pause', key: 'p', words: 'Pause what is live, or go on', group: 'Time' },
  { name: 'explore', key: 'x', words: 'Explore', group: 'Page' },
  { name: 'dashboards', key: 'd', words: 'Dashboards', group: 'Page' },
  { name: 'theme', key: 't', words: 'Dark, light, or as the system', group: 'Page' },
  { name: 'help', key: '?', words: 'This list', group: 'Page' },
];

/** Keys that mean something only where the focus is, for the help. */
export const LOCAL_KEYS: readonly { readonly keys: string; readonly words: string }[] = [
  { keys: '← →', words: 'Through time; with Shift, ten steps at once' },
  { keys: '↑ ↓', words: 'Through series' },
  { keys: 'm M', words: 'To the next mark, or the one before' },
  { keys: 'n', words: 'Write a note, or change the one here' },
  { keys: 'Enter', words: 'Pin the tooltip, or free it' },
  { keys: 'Escape', words: 'Leave the place, or zoom out' },
];
