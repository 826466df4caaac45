import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface WrittenFieldProps {
  readonly label: string;
  readonly testId: string;
  readonly placeholder: string;
  readonly text: Signal<string>;
  /** What is wrong with the text; it is forgotten as soon as the text is another. */
  readonly problem: Signal<string | undefined>;
  /** Suggestions: id of a `datalist`. */
  readonly list?: string;
  readonly onLeave?: () => void;
  /** Beside the text. */
  readonly children?: ComponentChildren;
}

/** Something that is written in words, and what is wrong with it. */
export function WrittenField({
  label,
  testId,
  placeholder,
  text,
  problem,
  list,
  onLeave,
  children,
}: WrittenFieldProps) {
  const id = useId();
  const isWrong = problem.value !== undefined;
  return (
    <div class="written-field">
      <label for={id}>{label}</label>
      <div class="written-box">
        <input
          id={id}
          type="text"
          data-testid={testId}
          placeholder={placeholder}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          list={list}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? `${id}-problem` : undefined}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            problem.value = undefined;
          }}
          onChange={onLeave}
        />
        {children}
      </div>
      {isWrong && (
        <p
          class="written-problem"
          id={`${id}-problem`}
          data-testid={`${testId}-problem`}
          role="alert"
        >
          {problem.value}
        </p>
      )}
    </div>
  );
}
