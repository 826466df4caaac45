import { useEffect, useRef } from 'preact/hooks';
import { PLACEHOLDER, type TextFieldProps } from './text-field.ts';

interface PlainFieldProps extends TextFieldProps {
  /** The cursor is here; undefined: it has left. Not while a character is put together of several keys. */
  readonly onUse: (cursor: { from: number; to: number } | undefined) => void;
}

/** An expression in a field as browsers have it. */
export function PlainField(props: PlainFieldProps) {
  const { draft, label, testId, isWrong, isFocused, onDraw, onLeave, onUse } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (isFocused) field.current?.focus();
  }, [isFocused]);
  const tellCursor = () => {
    const element = field.current;
    if (element) onUse({ from: element.selectionStart, to: element.selectionEnd });
  };
  return (
    <textarea
      ref={field}
      rows={1}
      data-testid={testId}
      aria-label={label}
      aria-invalid={isWrong}
      placeholder={PLACEHOLDER}
      spellcheck={false}
      autocomplete="off"
      autocapitalize="off"
      value={draft.text.value}
      onFocus={tellCursor}
      onSelect={tellCursor}
      onBlur={() => onUse(undefined)}
      onInput={(event) => {
        draft.text.value = event.currentTarget.value;
        tellCursor();
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
