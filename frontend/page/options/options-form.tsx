import {
  DEFAULT_OPTIONS,
  PANEL_SCALES,
  type PanelScale,
  type PanelView,
  UNIT_NAMES,
  type UnitName,
} from '../../model/panel-spec.ts';
import type { Panel } from '../panel/panel.ts';
import { suggestUnit } from '../units/suggest-unit.ts';
import { UNIT_WORDS } from '../units/units.ts';
import { NumberField } from './number-field.tsx';
import { ThresholdFields } from './threshold-fields.tsx';

const SCALE_WORDS: Readonly<Record<PanelScale, string>> = {
  linear: 'Linear',
  log: 'Logarithmic',
};

/** Views whose value axis can be changed. */
const WITH_AXIS: readonly PanelView[] = ['graph', 'stacked'];

/** All options of how a panel shows values; each takes effect at once. */
export function OptionsForm({ panel }: { readonly panel: Panel }) {
  const spec = panel.spec.value;
  const { min, max, view, thresholds } = spec;
  return (
    <div class="options-form">
      <UnitField panel={panel} />
      {WITH_AXIS.includes(view) && (
        <>
          {view === 'graph' && <ScaleField panel={panel} />}
          <div class="options-pair">
            <NumberField
              label="Axis from"
              testId="option-min"
              value={min}
              refuse={(value) => max !== null && value >= max && `must be below ${max}`}
              onChange={(value) => panel.setOptions({ min: value })}
            />
            <NumberField
              label="to"
              testId="option-max"
              value={max}
              refuse={(value) => min !== null && value <= min && `must be above ${min}`}
              onChange={(value) => panel.setOptions({ max: value })}
            />
          </div>
        </>
      )}
      {view !== 'heatmap' && (
        <ThresholdFields
          thresholds={thresholds}
          onChange={(changed) => panel.setOptions({ thresholds: changed })}
        />
      )}
      <button
        type="button"
        class="options-link"
        data-testid="options-reset"
        onClick={() => panel.setOptions({ ...DEFAULT_OPTIONS, view })}
      >
        As at first
      </button>
    </div>
  );
}

function UnitField({ panel }: { readonly panel: Panel }) {
  const { unit } = panel.spec.value;
  const suggested = suggestUnit(panel.text.value);
  return (
    <div class="options-field">
      <label>
        <span>Unit</span>
        <select
          data-testid="option-unit"
          value={unit}
          onChange={({ currentTarget }) =>
            panel.setOptions({ unit: currentTarget.value as UnitName })
          }
        >
          {UNIT_NAMES.map((name) => (
            <option key={name} value={name}>
              {UNIT_WORDS[name]}
            </option>
          ))}
        </select>
      </label>
      {suggested !== 'none' && suggested !== unit && (
        <button
          type="button"
          class="options-link"
          data-testid="unit-suggestion"
          onClick={() => panel.setOptions({ unit: suggested })}
        >
          By its name: {UNIT_WORDS[suggested]}
        </button>
      )}
    </div>
  );
}

function ScaleField({ panel }: { readonly panel: Panel }) {
  return (
    <fieldset class="options-scale">
      <legend>Scale</legend>
      {PANEL_SCALES.map((scale) => (
        <button
          key={scale}
          type="button"
          data-testid={`scale:${scale}`}
          aria-pressed={panel.spec.value.scale === scale}
          onClick={() => panel.setOptions({ scale })}
        >
          {SCALE_WORDS[scale]}
        </button>
      ))}
    </fieldset>
  );
}
