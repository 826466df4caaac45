import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { CodeEditor } from './editor/code-editor.ts';
import { PLACEHOLDER, type TextFieldProps } from './text-field.ts';

interface CodeFieldProps extends TextFieldProps {
  /** What makes it, which was loaded. */
  readonly makeEditor: typeof CodeEditor;
  /** The cursor in the field that this one replaces. */
  readonly selection: { readonly from: number; readonly to: number } | undefined;
}

/** An expression in an editor that knows PromQL. */
export function CodeField(props: CodeFieldProps) {
  const { panel, draft, isWrong, isFocused } = props;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor>(null);
  const problem = useSignal<string | undefined>(undefined);
  // Handlers change with each draw of the component, the editor does not.
  const latest = useRef(props);
  latest.current = props;
  // Before the next frame: keys that are pressed while no field has the focus would be lost.
  useLayoutEffect(() => {
    if (!host.current) return;
    const made = new props.makeEditor(host.current, {
      text: draft.text.peek(),
      selection: props.selection,
      placeholder: PLACEHOLDER,
      attributes: { 'data-testid': props.testId, 'aria-label': props.label },
      db: () => panel.db.peek(),
      measurements: () => panel.measurements.peek(),
      onInput: (text) => {
        draft.text.value = text;
      },
      onDraw: () => latest.current.onDraw(),
      onLeave: () => latest.current.onLeave(),
      onLint: (message) => {
        problem.value = message;
      },
    });
    editor.current = made;
    const stop = draft.text.subscribe((text) => made.setText(text));
    return () => {
      stop();
      made.close();
    };
  }, [draft, panel]);
  useEffect(() => editor.current?.setAttribute('aria-label', props.label), [props.label]);
  useEffect(() => editor.current?.setAttribute('data-testid', props.testId), [props.testId]);
  useEffect(() => editor.current?.setAttribute('aria-invalid', String(isWrong)), [isWrong]);
  useEffect(() => {
    if (isFocused) editor.current?.focus();
  }, [isFocused]);
  return (
    <>
      <div ref={host} class="code-field" />
      {problem.value && draft.isChanged.value && (
        <p class="expression-problem" data-testid="lint" role="status">
          {problem.value}
        </p>
      )}
    </>
  );
}
