import type { Labels } from '@overseer/shared';
import type { Grouping } from './expression.ts';
import { METRIC_NAME } from './matchers.ts';

/** Stands between names and values in keys; neither has it, since PostgreSQL holds no NUL. */
const SEPARATOR = '\0';

export function withoutName(labels: Labels): Labels {
  const { [METRIC_NAME]: _, ...others } = labels;
  return others;
}

/** Equal for label sets that are equal but for the metric. */
export function keyWithoutName(labels: Labels): string {
  return keyOf(labels, namesExcept(labels, []));
}

/** For people: `cpu_usage_idle{host="a"}`. */
export function formatLabels(labels: Labels): string {
  const { [METRIC_NAME]: metric = '', ...others } = labels;
  const pairs = Object.entries(others).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 && metric ? metric : `${metric}{${pairs.join(', ')}}`;
}

/** Numbers the groups of an aggregation, in the order in which their first series come. */
export class LabelGroups {
  /** By number. */
  readonly labels: Labels[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #grouping: Grouping;

  constructor(grouping: Grouping) {
    this.#grouping = grouping;
  }

  /** The number of the group that a series is of. Labels that are empty are none. */
  numberOf(labels: Labels): number {
    const { by, names: given } = this.#grouping;
    const names = by ? given : namesExcept(labels, given);
    const key = keyOf(labels, names);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.labels.length;
    this.#numbers.set(key, number);
    this.labels.push(Object.fromEntries(pairsOf(labels, names)));
    return number;
  }
}

function namesExcept(labels: Labels, left: readonly string[]): string[] {
  return Object.keys(labels)
    .filter((name) => name !== METRIC_NAME && !left.includes(name))
    .sort();
}

/** Undefined or empty: there is none. A label may be asked for that objects have of themselves, such as `constructor`. */
function labelOf(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

function pairsOf(labels: Labels, names: readonly string[]): [name: string, value: string][] {
  return names.flatMap((name): [string, string][] => {
    const value = labelOf(labels, name);
    return value ? [[name, value]] : [];
  });
}

function keyOf(labels: Labels, names: readonly string[]): string {
  let key = '';
  for (const name of names) {
    const value = labelOf(labels, name);
    if (value) key += name + SEPARATOR + value + SEPARATOR;
  }
  return key;
}
