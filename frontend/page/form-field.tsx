import type { ComponentChildren, InputHTMLAttributes, TargetedInputEvent } from 'preact';

interface FormFieldProps {
  readonly label: string;
  /** The control, alone. */
  readonly children: ComponentChildren;
}

/** A control of a form below its name. */
export function FormField({ label, children }: FormFieldProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label class="form-field">
      <span>{label}</span>
      {children}
    </label>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly testId: string;
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly placeholder?: string;
  readonly isRequired?: boolean;
  readonly maxLength?: number;
  /** What the text must look like, and the words for that. */
  readonly form?: { readonly pattern: string; readonly words: string };
  /** Written as it is, not as words of a language. */
  readonly isCode?: boolean;
}

const AS_CODE: InputHTMLAttributes = {
  spellcheck: false,
  autocomplete: 'off',
  autocapitalize: 'off',
};

/** A line of text in a form. */
export function TextField(props: TextFieldProps) {
  const { label, testId, value, onText, placeholder, form } = props;
  return (
    <FormField label={label}>
      <input
        type="text"
        data-testid={testId}
        placeholder={placeholder}
        required={props.isRequired}
        maxLength={props.maxLength}
        pattern={form?.pattern}
        title={form?.words}
        {...(props.isCode && AS_CODE)}
        value={value}
        onInput={(event: TargetedInputEvent<HTMLInputElement>) => onText(event.currentTarget.value)}
      />
    </FormField>
  );
}

interface SelectFieldProps<Name extends string> {
  readonly label: string;
  readonly testId: string;
  readonly value: Name;
  /** Each with its words. */
  readonly options: readonly (readonly [name: Name, words: string])[];
  readonly onPick: (name: Name) => void;
}

/** One of several. */
export function SelectField<Name extends string>(props: SelectFieldProps<Name>) {
  const { label, testId, value, options, onPick } = props;
  return (
    <FormField label={label}>
      <select
        data-testid={testId}
        value={value}
        onChange={(event) => {
          const picked = options.find(([name]) => name === event.currentTarget.value);
          if (picked) onPick(picked[0]);
        }}
      >
        {options.map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </FormField>
  );
}
