import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';

/** Options that are shown at once; typing finds the others. */
const SHOWN_MAX = 100;

export interface Option {
  readonly value: string;
  /** Said beside it. */
  readonly note?: string;
}

interface ComboboxProps {
  readonly testId: string;
  /** What is chosen, for who can't see where it is. */
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly options: readonly Option[];
  /** Said when there is no option; undefined: that nothing matches. */
  readonly emptyNote?: string | undefined;
  /** Something that is no option may be written, if it is right. */
  readonly isRight?: (text: string) => boolean;
  /** The options are about to be looked at. */
  readonly onOpen?: () => void;
  readonly onPick: (value: string) => void;
}

/** A field with a list of what may be in it, which typing narrows: arrows move through it, Enter takes, Escape leaves. */
export function Combobox(props: ComboboxProps) {
  const { value, options, isRight, onPick } = props;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  /** undefined: the list is closed. Empty: nothing was typed since it was opened. */
  const typed = useSignal<string | undefined>(undefined);
  const active = useSignal(0);
  const isOpen = typed.value !== undefined;
  const found = isOpen ? matching(options, typed.value ?? '') : [];
  const open = () => {
    if (typed.peek() !== undefined) return;
    typed.value = '';
    active.value = Math.max(
      0,
      matching(options, '').findIndex((option) => option.value === value),
    );
    props.onOpen?.();
  };
  const close = () => {
    typed.value = undefined;
    if (field.current) field.current.value = value;
  };
  const pick = (picked: string) => {
    typed.value = undefined;
    if (field.current) field.current.value = picked;
    if (picked !== value) onPick(picked);
  };
  /** What was written, when it is right as it is. */
  const written = () => {
    const text = typed.peek()?.trim() ?? '';
    return text !== '' && isRight?.(text) ? text : undefined;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen) return open();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      active.value = Math.min(found.length - 1, Math.max(0, active.value + step));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const picked = found[active.value]?.value ?? written();
      if (picked !== undefined) pick(picked);
    } else if (event.key === 'Escape' && isOpen) {
      event.stopPropagation();
      close();
    }
  };
  return (
    <div class="combobox">
      <input
        ref={field}
        type="text"
        role="combobox"
        data-testid={props.testId}
        aria-label={props.label}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={found.length > 0 ? `${id}-${active.value}` : undefined}
        placeholder={props.placeholder}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={value}
        onFocus={(event) => event.currentTarget.select()}
        onClick={open}
        onInput={(event) => {
          open();
          typed.value = event.currentTarget.value;
          active.value = 0;
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          const text = written();
          if (text === undefined) close();
          else pick(text);
        }}
      />
      {isOpen && (
        <OptionList
          id={id}
          options={found}
          active={active.value}
          value={value}
          note={props.emptyNote}
          onPick={pick}
        />
      )}
    </div>
  );
}

interface OptionListProps {
  readonly id: string;
  readonly options: readonly Option[];
  readonly active: number;
  readonly value: string;
  readonly note: string | undefined;
  readonly onPick: (value: string) => void;
}

function OptionList({ id, options, active, value, note, onPick }: OptionListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <div ref={list} class="combobox-options" id={`${id}-list`} role="listbox">
      {options.map((option, index) => (
        <div
          key={option.value}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          data-testid={`option:${option.value}`}
          data-active={index === active}
          aria-selected={option.value === value}
          // Before the field loses the focus.
          onMouseDown={(event) => {
            event.preventDefault();
            onPick(option.value);
          }}
        >
          <span>{option.value}</span>
          {option.note && <small>{option.note}</small>}
        </div>
      ))}
      {options.length === 0 && (
        <div
          class="combobox-note"
          role="option"
          tabIndex={-1}
          aria-disabled="true"
          aria-selected="false"
        >
          {note ?? 'Nothing matches'}
        </div>
      )}
    </div>
  );
}

/** Every word must be somewhere in the option; those that begin with what was typed come first. */
function matching(options: readonly Option[], typed: string): readonly Option[] {
  const text = typed.trim().toLowerCase();
  if (text === '') return options.slice(0, SHOWN_MAX);
  const words = text.split(/\s+/);
  const found = options.filter((option) => {
    const value = option.value.toLowerCase();
    return words.every((word) => value.includes(word));
  });
  const rank = ({ value }: Option) => (value.toLowerCase().startsWith(text) ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b)).slice(0, SHOWN_MAX);
}
