import {
  acceptCompletion,
  completionKeymap,
  completionStatus,
  moveCompletionSelection,
  selectedCompletionIndex,
} from '@codemirror/autocomplete';
import { type Extension, Prec } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';

/** Tab takes what was chosen of an open list, or the first; without a list it leads on to the next control. Enter takes only what was chosen. */
export function completionKeys(): Extension {
  /** Tab was pressed while the list was being made. */
  let isAwaited = false;
  const onTab = (view: EditorView) => {
    isAwaited = completionStatus(view.state) === 'pending';
    return isAwaited || acceptFirst(view);
  };
  return [
    Prec.highest(
      keymap.of([
        { key: 'Tab', run: onTab },
        { key: 'Enter', run: acceptCompletion },
      ]),
    ),
    keymap.of(completionKeymap),
    EditorView.updateListener.of(({ view, docChanged, selectionSet }) => {
      if (docChanged || selectionSet) isAwaited = false;
      if (!isAwaited || completionStatus(view.state) !== 'active') return;
      isAwaited = false;
      isAwaited = !acceptFirst(view);
    }),
  ];
}

function acceptFirst(view: EditorView): boolean {
  if (completionStatus(view.state) !== 'active') return false;
  if (selectedCompletionIndex(view.state) === null) moveCompletionSelection(true)(view);
  return acceptCompletion(view);
}
