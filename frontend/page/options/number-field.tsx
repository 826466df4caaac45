import { useSignal } from '@preact/signals';
import { parseNumber } from '../panel/panel-options.ts';

interface NumberFieldProps {
  readonly label: string;
  readonly testId: string;
  /** null: none is set. */
  readonly value: number | null;
  /** Why a number can't be it; false: it can. */
  readonly refuse?: (value: number) => string | false;
  readonly onChange: (value: number | null) => void;
}

/** A number that may be left out; what is no number is marked, and changes nothing. */
export function NumberField({ label, testId, value, refuse, onChange }: NumberFieldProps) {
  const problem = useSignal('');
  return (
    <label class="number-field">
      <span>{label}</span>
      <input
        type="text"
        inputMode="decimal"
        data-testid={testId}
        placeholder="auto"
        value={value ?? ''}
        title={problem.value}
        aria-invalid={problem.value !== ''}
        onChange={({ currentTarget }) => {
          const text = currentTarget.value.trim();
          const number = parseNumber(text);
          problem.value = problemOf(text, number, refuse);
          if (problem.value === '') onChange(number);
        }}
      />
      {problem.value !== '' && (
        <span class="field-problem" role="alert">
          {problem.value}
        </span>
      )}
    </label>
  );
}

function problemOf(
  text: string,
  number: number | null,
  refuse: NumberFieldProps['refuse'],
): string {
  if (number === null) return text === '' ? '' : 'is no number';
  return refuse?.(number) || '';
}
