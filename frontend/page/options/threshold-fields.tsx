import {
  THRESHOLD_LEVELS,
  THRESHOLDS_MAX,
  type Threshold,
  type ThresholdLevel,
} from '../../model/panel-spec.ts';
import { sortThresholds } from '../panel/panel-options.ts';
import { NumberField } from './number-field.tsx';

interface ThresholdFieldsProps {
  readonly thresholds: readonly Threshold[];
  readonly onChange: (thresholds: readonly Threshold[]) => void;
}

/** From which values on things are good or bad: a line of fields for each, and a button for one more. */
export function ThresholdFields({ thresholds, onChange }: ThresholdFieldsProps) {
  const replace = (index: number, ...by: Threshold[]) =>
    onChange(sortThresholds(thresholds.toSpliced(index, 1, ...by)));
  return (
    <fieldset class="options-thresholds">
      <legend>Thresholds</legend>
      {thresholds.map((threshold, index) => (
        <div class="options-threshold" key={`${threshold.value}:${threshold.level}`}>
          <label>
            <span class="visually-hidden">Level {index + 1}</span>
            <select
              data-testid={`threshold-level:${index}`}
              value={threshold.level}
              onChange={({ currentTarget }) =>
                replace(index, { ...threshold, level: currentTarget.value as ThresholdLevel })
              }
            >
              {THRESHOLD_LEVELS.map((level) => (
                <option key={level} value={level}>
                  {level}
                </option>
              ))}
            </select>
          </label>
          <NumberField
            label="from"
            testId={`threshold-value:${index}`}
            value={threshold.value}
            onChange={(value) =>
              value === null ? replace(index) : replace(index, { ...threshold, value })
            }
          />
          <button
            type="button"
            class="icon-button"
            data-testid={`threshold-remove:${index}`}
            aria-label={`Remove the threshold at ${threshold.value}`}
            onClick={() => replace(index)}
          >
            ×
          </button>
        </div>
      ))}
      {thresholds.length < THRESHOLDS_MAX && (
        <button
          type="button"
          class="options-link"
          data-testid="threshold-add"
          onClick={() => onChange([...thresholds, nextThreshold(thresholds)])}
        >
          Add a threshold
        </button>
      )}
    </fieldset>
  );
}

/** One level worse than the last one, a quarter further on. */
function nextThreshold(thresholds: readonly Threshold[]): Threshold {
  const last = thresholds.at(-1);
  if (!last) return { value: 80, level: 'warning' };
  const index = THRESHOLD_LEVELS.indexOf(last.level);
  const level = THRESHOLD_LEVELS[index + 1] ?? last.level;
  return { value: last.value + (Math.abs(last.value) / 4 || 1), level };
}
