import { signal, useSignal } from '@preact/signals';
import { CodeField } from './code-field.tsx';
import type { CodeEditor } from './editor/code-editor.ts';
import { PlainField } from './plain-field.tsx';
import type { TextFieldProps } from './text-field.ts';

/** Once for all fields: undefined until it is loaded. */
const codeEditor = signal<typeof CodeEditor | undefined>(undefined);
let isAsked = false;

/** Where it can't be loaded, the plain field does all that is needed; the next page tries again. */
function loadCodeEditor(): void {
  if (isAsked) return;
  isAsked = true;
  import('./editor/code-editor.ts').then(
    (module) => {
      codeEditor.value = module.CodeEditor;
    },
    (error) => console.info('The editor of expressions could not be loaded.', error),
  );
}

/**
 * An expression as text: Enter draws it, Escape brings back the one that is drawn. A plain field until it is used, when the editor
 * that knows PromQL is loaded and takes its place, text and cursor as they are.
 */
export function ExpressionField(props: TextFieldProps) {
  const { draft, onDraw } = props;
  const isChanged = draft.isChanged.value;
  const isUsed = useSignal(props.isFocused);
  const selection = useSignal<{ from: number; to: number } | undefined>(undefined);
  const makeEditor = isUsed.value ? codeEditor.value : undefined;
  return (
    <form
      class="expression"
      data-changed={isChanged}
      data-editor={makeEditor ? 'code' : 'plain'}
      onSubmit={(event) => {
        event.preventDefault();
        onDraw();
      }}
    >
      {makeEditor ? (
        <CodeField {...props} makeEditor={makeEditor} selection={selection.peek()} />
      ) : (
        <PlainField
          {...props}
          onUse={(cursor) => {
            selection.value = cursor;
            isUsed.value = true;
            loadCodeEditor();
          }}
        />
      )}
      <button type="submit" class="expression-apply" disabled={!isChanged}>
        Draw
      </button>
    </form>
  );
}
