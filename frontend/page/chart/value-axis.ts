import uPlot from 'uplot';
import type { PanelScale, UnitName } from '../../model/panel-spec.ts';
import { formatQuantity, formatQuantityTicks } from '../units/quantity.ts';
import { linearTicks, logTicks } from '../units/ticks.ts';

export type Bounds = readonly [min: number, max: number];

export interface Tick {
  /** A place on the scale. */
  readonly at: number;
  readonly text: string;
}

/** The vertical axis: values have places on a scale, which is even from bottom to top. */
export interface ValueAxis {
  /** NaN: the value has no place. */
  readonly scaleOf: (value: number) => number;
  readonly valueOf: (place: number) => number;
  /** Both ends, on the scale. @param bounds of the values that are to be seen; undefined: there are none */
  readonly range: (bounds: Bounds | undefined) => Bounds;
  /** @param from and to: on the scale */
  readonly ticks: (from: number, to: number, countMax: number) => readonly Tick[];
}

export interface AxisOptions {
  readonly scale: PanelScale;
  readonly unit: UnitName;
  /** null: what the values need. */
  readonly min: number | null;
  readonly max: number | null;
}

/** Room above and below the values; zero is shown when they are near it. */
const MARGIN: uPlot.Range.Config = {
  min: { pad: 0.1, soft: 0, mode: 3 },
  max: { pad: 0.1, soft: 0, mode: 3 },
};
const RANGE_OF_NOTHING: Bounds = [0, 1];
/** Room above and below on a logarithmic scale, as a part of its length, and around a value that is alone. */
const LOG_MARGIN = 0.05;
const LOG_MARGIN_ALONE = 0.5;

export function valueAxis(options: AxisOptions): ValueAxis {
  return options.scale === 'log' ? logAxis(options) : linearAxis(options);
}

function linearAxis({ unit, min, max }: AxisOptions): ValueAxis {
  return {
    scaleOf: (value) => value,
    valueOf: (place) => place,
    range(bounds) {
      const [low, high] = bounds ? rangeAround(bounds) : RANGE_OF_NOTHING;
      return orderedRange(min ?? low, max ?? high, min !== null);
    },
    ticks(from, to, countMax) {
      const { values, increment } = linearTicks(from, to, countMax, unit);
      const texts = formatQuantityTicks(values, increment, unit);
      return values.map((at, index) => ({ at, text: texts[index] ?? '' }));
    },
  };
}

function rangeAround([low, high]: Bounds): Bounds {
  const [from, to] = uPlot.rangeNum(low, high, MARGIN);
  return [from ?? low, to ?? high];
}

function logAxis({ unit, min, max }: AxisOptions): ValueAxis {
  const fixed = (end: number | null) => (end !== null && end > 0 ? Math.log10(end) : undefined);
  const [bottom, top] = [fixed(min), fixed(max)];
  return {
    // Of zero and less, −Infinity and NaN: both are nowhere.
    scaleOf: (value) => Math.log10(value),
    valueOf: (place) => 10 ** place,
    range(bounds) {
      const [low, high] = bounds ? bounds.map(Math.log10) : RANGE_OF_NOTHING;
      if (low === undefined || high === undefined) return RANGE_OF_NOTHING;
      const margin = (high - low) * LOG_MARGIN || LOG_MARGIN_ALONE;
      return orderedRange(bottom ?? low - margin, top ?? high + margin, bottom !== undefined);
    },
    ticks(from, to, countMax) {
      const { values } = logTicks(10 ** from, 10 ** to, countMax, unit);
      return values.map((value) => ({
        at: Math.log10(value),
        text: formatQuantity(value, unit),
      }));
    },
  };
}

/** One end is fixed beyond all values: the other one gives way. */
function orderedRange(low: number, high: number, isLowFixed: boolean): Bounds {
  if (low < high) return [low, high];
  const end = isLowFixed ? low : high;
  const length = Math.abs(end) / 10 || 1;
  return isLowFixed ? [low, low + length] : [high - length, high];
}
