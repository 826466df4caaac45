import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { Session } from '../session.ts';

/** The expression of the chart in one line: Enter draws it, Escape brings back the one that is drawn. */
export function ExpressionField({ session }: { readonly session: Session }) {
  // Of its own, so that what was typed outlives a change of the range.
  const drawn = useComputed(() => session.view.value.panel.queries[0]?.expr ?? '');
  const text = useSignal(drawn.peek());
  useSignalEffect(() => {
    text.value = drawn.value;
  });
  const isChanged = text.value.trim() !== drawn.value;
  const isWrong =
    session.panel.results.wanted.value?.failed.value?.failure.value?.retrying === false;
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
          if (event.key === 'Escape') text.value = drawn.peek();
        }}
      />
      <button type="submit" class="expression-apply" disabled={!isChanged}>
        Draw
      </button>
    </form>
  );
}
