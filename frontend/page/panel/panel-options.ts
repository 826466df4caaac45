import {
  DEFAULT_OPTIONS,
  PANEL_SCALES,
  PANEL_VIEWS,
  type PanelOptions,
  THRESHOLD_LEVELS,
  THRESHOLDS_MAX,
  type Threshold,
  UNIT_NAMES,
} from '../../model/panel-spec.ts';

/** The options that an address tells; what is missing or unknown there is the default. */
export function parseOptions(parameters: URLSearchParams): PanelOptions {
  const named = <Name extends string>(names: readonly Name[], key: string, otherwise: Name) =>
    names.find((name) => name === parameters.get(key)) ?? otherwise;
  return {
    view: named(PANEL_VIEWS, 'view', DEFAULT_OPTIONS.view),
    unit: named(UNIT_NAMES, 'unit', DEFAULT_OPTIONS.unit),
    scale: named(PANEL_SCALES, 'scale', DEFAULT_OPTIONS.scale),
    ...orderedEnds(parseNumber(parameters.get('min')), parseNumber(parameters.get('max'))),
    thresholds: sortThresholds(parameters.getAll('threshold').flatMap(parseThreshold)),
  };
}

/** Adds to an address what is not the default. */
export function writeOptions(options: PanelOptions, parameters: URLSearchParams): void {
  for (const key of ['view', 'unit', 'scale', 'min', 'max'] as const) {
    const value = options[key];
    if (value !== DEFAULT_OPTIONS[key]) parameters.set(key, String(value));
  }
  for (const { value, level } of options.thresholds) {
    parameters.append('threshold', `${value}:${level}`);
  }
}

/** A number as people write it; null: it is none. */
export function parseNumber(text: string | null): number | null {
  const trimmed = text?.trim().replace(',', '.') ?? '';
  const value = Number(trimmed);
  return trimmed !== '' && Number.isFinite(value) ? value : null;
}

/** Both ends of an axis, or neither when they are the wrong way round. */
export function orderedEnds(
  min: number | null,
  max: number | null,
): Pick<PanelOptions, 'min' | 'max'> {
  return min !== null && max !== null && min >= max ? { min: null, max: null } : { min, max };
}

/** Ascending, and no more than there may be. */
export function sortThresholds(thresholds: readonly Threshold[]): Threshold[] {
  return thresholds.toSorted((a, b) => a.value - b.value).slice(0, THRESHOLDS_MAX);
}

function parseThreshold(text: string): Threshold[] {
  const [valueText = '', levelText] = text.split(':');
  const value = parseNumber(valueText);
  const level = THRESHOLD_LEVELS.find((name) => name === levelText);
  return value === null || level === undefined ? [] : [{ value, level }];
}
