import { CloseIcon } from '../icons.tsx';
import type { StepProps } from './builder.tsx';
import {
  DEFAULT_QUANTILE,
  DEFAULT_WINDOW,
  defaultParameter,
  GROUP_OPERATORS,
  HISTOGRAM_QUANTILE,
  isDuration,
  isNumber,
  OVER_TIME_FUNCTIONS,
} from './built-query.ts';
import { Combobox } from './combobox.tsx';
import { labelsOf } from './metric-labels.ts';

const WINDOWS = ['1m', '2m', '5m', '15m', '1h', '6h', '1d'].map((value) => ({ value }));

/** What becomes of samples over time. */
export function OverTimeStep({ query, onChange }: StepProps) {
  const { overTime } = query;
  return (
    <div class="builder-step">
      <Choice
        testId="builder-function"
        label="Function over time"
        none="as it is"
        names={OVER_TIME_FUNCTIONS}
        chosen={overTime?.function}
        onChoose={(name) => {
          const window = overTime?.window ?? DEFAULT_WINDOW;
          const chosen = name && { function: name, window, parameter: defaultParameter(name) };
          onChange({ ...query, overTime: chosen });
        }}
      />
      {overTime && (
        <>
          <ParameterField
            parameter={overTime.parameter}
            onChange={(parameter) => onChange({ ...query, overTime: { ...overTime, parameter } })}
          />
          <span class="builder-word">over</span>
          <div class="builder-window">
            <Combobox
              testId="builder-window"
              label="Window"
              value={overTime.window}
              placeholder={DEFAULT_WINDOW}
              options={WINDOWS}
              emptyNote="Such as 90s, 5m, 1h30m"
              isRight={isDuration}
              onPick={(window) => onChange({ ...query, overTime: { ...overTime, window } })}
            />
          </div>
        </>
      )}
    </div>
  );
}

/** Which series become one. */
export function GroupStep({ panel, query, onChange }: StepProps) {
  const { group } = query;
  const free = labelsOf(panel.measurements.value, query.metric).filter(
    (label) => !group?.labels.includes(label),
  );
  return (
    <div class="builder-step">
      <Choice
        testId="builder-group"
        label="Grouping"
        none="every series"
        names={GROUP_OPERATORS}
        chosen={group?.operator}
        onChoose={(name) => {
          const labels = group?.labels ?? [];
          const chosen = name && { operator: name, labels, parameter: defaultParameter(name) };
          onChange({ ...query, group: chosen });
        }}
      />
      {group && (
        <>
          <ParameterField
            parameter={group.parameter}
            onChange={(parameter) => onChange({ ...query, group: { ...group, parameter } })}
          />
          <span class="builder-word">by</span>
          {group.labels.map((label) => (
            <button
              key={label}
              type="button"
              class="builder-label"
              aria-label={`Do not group by ${label}`}
              title="Do not group by this label"
              onClick={() => {
                const labels = group.labels.filter((other) => other !== label);
                onChange({ ...query, group: { ...group, labels } });
              }}
            >
              {label}
              <CloseIcon />
            </button>
          ))}
          {free.length > 0 && (
            <Combobox
              // Empty again for the next one.
              key={group.labels.join()}
              testId="builder-by"
              label="Group by a label"
              value=""
              placeholder={group.labels.length > 0 ? 'and …' : 'nothing'}
              options={free.map((value) => ({ value }))}
              onPick={(label) =>
                onChange({ ...query, group: { ...group, labels: [...group.labels, label] } })
              }
            />
          )}
        </>
      )}
    </div>
  );
}

/** Only where the metric looks like buckets. */
export function HistogramStep({ query, onChange }: StepProps) {
  const { histogramQuantile } = query;
  if (histogramQuantile === undefined && !query.metric.endsWith('_bucket')) return null;
  return (
    <div class="builder-step">
      <Choice
        testId="builder-histogram"
        label="Of a histogram"
        none="its buckets"
        names={[HISTOGRAM_QUANTILE]}
        chosen={histogramQuantile === undefined ? undefined : HISTOGRAM_QUANTILE}
        onChoose={(name) => onChange({ ...query, histogramQuantile: name && DEFAULT_QUANTILE })}
      />
      <ParameterField
        parameter={histogramQuantile ?? ''}
        onChange={(quantile) => onChange({ ...query, histogramQuantile: quantile })}
      />
    </div>
  );
}

interface ChoiceProps<Name extends string> {
  readonly testId: string;
  readonly label: string;
  /** What nothing is called. */
  readonly none: string;
  readonly names: readonly Name[];
  readonly chosen: Name | undefined;
  readonly onChoose: (name: Name | undefined) => void;
}

function Choice<Name extends string>(props: ChoiceProps<Name>) {
  const { testId, label, none, names, chosen, onChoose } = props;
  return (
    <select
      data-testid={testId}
      aria-label={label}
      value={chosen ?? ''}
      onChange={({ currentTarget }) => onChoose(names.find((name) => name === currentTarget.value))}
    >
      <option value="">{none}</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

interface ParameterFieldProps {
  /** Empty: there is none. */
  readonly parameter: string;
  readonly onChange: (parameter: string) => void;
}

function ParameterField({ parameter, onChange }: ParameterFieldProps) {
  if (parameter === '') return null;
  return (
    <input
      type="text"
      inputmode="decimal"
      class="builder-parameter"
      data-testid="builder-parameter"
      aria-label="Number for the function"
      value={parameter}
      onChange={({ currentTarget }) => {
        const text = currentTarget.value.trim();
        if (isNumber(text)) onChange(text);
        else currentTarget.value = parameter;
      }}
    />
  );
}
