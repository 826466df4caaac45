import { useSignal } from '@preact/signals';
import { CloseIcon, PlusIcon } from '../icons.tsx';
import type { StepProps } from './builder.tsx';
import { FILTER_OPERATORS, type Filter, type FilterOperator } from './built-query.ts';
import { Combobox } from './combobox.tsx';
import { fetchLabelValues } from './label-values.ts';
import { labelsOf } from './metric-labels.ts';
import { writeSelector } from './written-query.ts';

const NEW_FILTER: Filter = { label: '', operator: '=', value: '' };

/** What series must have: each filter offers the values of those that pass the others. */
export function Filters({ panel, query, onChange }: StepProps) {
  const { filters } = query;
  const put = (index: number, filter: Filter) =>
    onChange({ ...query, filters: filters.map((other, at) => (at === index ? filter : other)) });
  return (
    <div class="builder-step">
      <span class="builder-word">where</span>
      {filters.map((filter, index) => (
        <FilterFields
          key={index}
          panel={panel}
          query={query}
          filter={filter}
          index={index}
          onPut={(changed) => put(index, changed)}
          onRemove={() => onChange({ ...query, filters: filters.filter((_, at) => at !== index) })}
        />
      ))}
      <button
        type="button"
        class="icon-button"
        data-testid="add-filter"
        aria-label="Add a filter"
        title="Add a filter"
        onClick={() => onChange({ ...query, filters: [...filters, NEW_FILTER] })}
      >
        <PlusIcon />
      </button>
    </div>
  );
}

interface FilterFieldsProps extends Omit<StepProps, 'onChange'> {
  readonly filter: Filter;
  readonly index: number;
  readonly onPut: (filter: Filter) => void;
  readonly onRemove: () => void;
}

function FilterFields({ panel, query, filter, index, onPut, onRemove }: FilterFieldsProps) {
  const { label, operator, value } = filter;
  const labels = labelsOf(panel.measurements.value, query.metric);
  return (
    <span class="builder-filter">
      <Combobox
        testId={`filter-label:${index}`}
        label="Label of the filter"
        value={label}
        placeholder="label"
        options={labels.map((name) => ({ value: name }))}
        onPick={(picked) => onPut({ label: picked, operator, value: '' })}
      />
      <select
        data-testid={`filter-operator:${index}`}
        aria-label="How the label is compared"
        value={operator}
        onChange={({ currentTarget }) =>
          onPut({ label, operator: currentTarget.value as FilterOperator, value })
        }
      >
        {FILTER_OPERATORS.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <ValueField
        panel={panel}
        query={query}
        filter={filter}
        index={index}
        onPick={(picked) => onPut({ label, operator, value: picked })}
      />
      <button
        type="button"
        class="icon-button"
        aria-label={`Remove the filter of ${label || 'no label'}`}
        title="Remove this filter"
        onClick={onRemove}
      >
        <CloseIcon />
      </button>
    </span>
  );
}

interface ValueFieldProps extends Omit<StepProps, 'onChange'> {
  readonly filter: Filter;
  readonly index: number;
  readonly onPick: (value: string) => void;
}

function ValueField({ panel, query, filter, index, onPick }: ValueFieldProps) {
  const values = useSignal<readonly string[]>([]);
  const note = useSignal<string | undefined>(undefined);
  const load = async () => {
    note.value = 'Loading …';
    const others = query.filters.filter((other) => other !== filter);
    try {
      values.value = await fetchLabelValues({
        db: panel.db.peek(),
        label: filter.label,
        selector: writeSelector(query.metric, others),
      });
      note.value = undefined;
    } catch (error) {
      values.value = [];
      note.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <Combobox
      testId={`filter-value:${index}`}
      label={`Value of ${filter.label || 'the label'}`}
      value={filter.value}
      placeholder={filter.operator.endsWith('~') ? 'a|b.*' : 'value'}
      options={values.value.map((value) => ({ value }))}
      emptyNote={note.value}
      isRight={() => true}
      onOpen={() => void (filter.label !== '' && load())}
      onPick={onPick}
    />
  );
}
