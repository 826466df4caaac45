import { useEffect, useRef } from 'preact/hooks';
import type { QueryDraft } from '../query/query-editing.ts';

export interface ExpressionFieldProps {
  readonly draft: QueryDraft;
  /** For who can't see where it is. */
  readonly label: string;
  readonly testId: string;
  /** What is drawn can't be evaluated. */
  readonly isWrong: boolean;
  /** The user is to write here next. */
  readonly isFocused: boolean;
  readonly onDraw: () => void;
  /** What was typed is not wanted. */
  readonly onLeave: () => void;
}

/** An expression as text: Enter draws it, Escape brings back the one that is drawn. */
export function ExpressionField(props: ExpressionFieldProps) {
  const { draft, onDraw } = props;
  const isChanged = draft.isChanged.value;
  return (
    <form
      class="expression"
      data-changed={isChanged}
      onSubmit={(event) => {
        event.preventDefault();
        onDraw();
      }}
    >
      <PlainField {...props} />
      <button type="submit" class="expression-apply" disabled={!isChanged}>
        Draw
      </button>
    </form>
  );
}

function PlainField(props: ExpressionFieldProps) {
  const { draft, label, testId, isWrong, isFocused, onDraw, onLeave } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (isFocused) field.current?.focus();
  }, [isFocused]);
  return (
    <textarea
      ref={field}
      rows={1}
      data-testid={testId}
      aria-label={label}
      aria-invalid={isWrong}
      placeholder="PromQL, such as rate(net_bytes_recv[1m])"
      spellcheck={false}
      autocomplete="off"
      autocapitalize="off"
      value={draft.text.value}
      onInput={(event) => {
        draft.text.value = event.currentTarget.value;
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onLeave();
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        onDraw();
      }}
    />
  );
}
