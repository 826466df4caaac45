import { useEffect, useRef } from 'preact/hooks';

interface LegendFieldProps {
  readonly letter: string;
  readonly legend: string;
  /** The user is to write here next. */
  readonly isFocused: boolean;
  /** It was written, or given up. */
  readonly onChange: (legend: string) => void;
}

/** What the series of a query are called, with labels in braces; Enter and leaving take it, Escape brings back what was there. */
export function LegendField({ letter, legend, isFocused, onChange }: LegendFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isFocused) field.current?.focus();
  }, [isFocused]);
  return (
    <input
      ref={field}
      type="text"
      class="legend-field"
      data-testid={`legend:${letter}`}
      aria-label={`Name of the series of query ${letter}, with labels in braces`}
      title="What the series are called: {{host}} stands for the label host"
      placeholder="{{host}}"
      spellcheck={false}
      autocomplete="off"
      autocapitalize="off"
      value={legend}
      onBlur={(event) => onChange(event.currentTarget.value.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.value = legend;
        if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur();
      }}
    />
  );
}
