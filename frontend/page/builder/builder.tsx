import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { isPickable } from '../catalogue/tree.ts';
import type { Panel } from '../panel/panel.ts';
import type { QueryDraft } from '../query/query-editing.ts';
import { type BuiltQuery, ofMetric } from './built-query.ts';
import { Combobox } from './combobox.tsx';
import { Filters } from './filters.tsx';
import { readQuery } from './query-reader.ts';
import { GroupStep, HistogramStep, OverTimeStep } from './steps.tsx';
import { writeQuery } from './written-query.ts';

export interface BuilderProps {
  readonly panel: Panel;
  readonly draft: QueryDraft;
  /** The text is to be drawn. */
  readonly onDraw: () => void;
}

/** A query put together by choosing: it writes the text, and reads it back when that was written by hand. */
export function Builder({ panel, draft, onDraw }: BuilderProps) {
  const built = useSignal<BuiltQuery | undefined>(readQuery(draft.text.peek()));
  useSignalEffect(() => {
    const text = draft.text.value;
    const known = built.peek();
    // What is not finished is no part of the text.
    if (!known || writeQuery(known) !== text.trim()) built.value = readQuery(text);
  });
  const change = (query: BuiltQuery) => {
    built.value = query;
    const text = writeQuery(query);
    if (text === '' || text === draft.text.peek()) return;
    draft.text.value = text;
    onDraw();
  };
  const query = built.value;
  if (!query) {
    return (
      <p class="builder-note" data-testid="builder-note">
        This is more than the builder can show: one metric, its filters, one function and one
        grouping. It stays text.
      </p>
    );
  }
  return <Steps panel={panel} query={query} onChange={change} />;
}

export interface StepProps {
  readonly panel: Panel;
  readonly query: BuiltQuery;
  readonly onChange: (query: BuiltQuery) => void;
}

function Steps(props: StepProps) {
  return (
    <fieldset class="builder" data-testid="builder">
      <legend class="visually-hidden">Query builder</legend>
      <MetricStep {...props} />
      {props.query.metric !== '' && (
        <>
          <Filters {...props} />
          <OverTimeStep {...props} />
          <GroupStep {...props} />
          <HistogramStep {...props} />
        </>
      )}
    </fieldset>
  );
}

function MetricStep({ panel, query, onChange }: StepProps) {
  const options = useComputed(() =>
    panel.measurements.value.flatMap(({ fields }) =>
      fields.filter(isPickable).map(({ metric, type }) => ({ value: metric, note: type })),
    ),
  );
  return (
    <div class="builder-step">
      <span class="builder-word">Metric</span>
      <div class="builder-metric">
        <Combobox
          testId="builder-metric"
          label="Metric"
          value={query.metric}
          placeholder="Search metrics"
          options={options.value}
          // Labels of another metric are others.
          onPick={(metric) => onChange({ ...query, filters: ofMetric(metric).filters, metric })}
        />
      </div>
    </div>
  );
}
