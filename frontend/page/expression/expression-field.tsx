import { useSignal, useSignalEffect } from '@preact/signals';
import type { Session } from '../session.ts';

/** The expression of the chart in one line: Enter draws it, Escape brings back the one that is drawn. */
export function ExpressionField({ session }: { readonly session: Session }) {
  const text = useSignal(session.view.peek().expr);
  useSignalEffect(() => {
    text.value = session.view.value.expr;
  });
  const isChanged = text.value.trim() !== session.view.value.expr;
  const isWrong = session.wanted.value?.failure.value?.retrying === false;
  return (
    <form
      class="expression"
      data-changed={isChanged}
      onSubmit={(event) => {
        event.preventDefault();
        session.showExpression(text.value);
      }}
    >
      <input
        type="text"
        data-testid="expression"
        aria-label="PromQL expression"
        aria-invalid={isWrong}
        placeholder="PromQL, such as rate(net_bytes_recv[1m])"
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') text.value = session.view.value.expr;
        }}
      />
      <button type="submit" class="expression-apply" disabled={!isChanged}>
        Draw
      </button>
    </form>
  );
}
