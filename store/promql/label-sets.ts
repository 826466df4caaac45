import type { Labels } from '@overseer/shared';
import type { Grouping } from './expression.ts';
import { METRIC_NAME } from './matchers.ts';

/** Stands between names and values in keys; neither has it, since PostgreSQL holds no NUL. */
const SEPARATOR = '\0';

export function withoutName(labels: Labels): Labels {
  const { [METRIC_NAME]: _, ...others } = labels;
  return others;
}

/** In errors that have the words of Prometheus: `{__name__="cpu_usage_idle", host="a"}`. */
export function quoteLabels(labels: Labels): string {
  const pairs = Object.keys(labels).sort();
  return `{${pairs.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(', ')}}`;
}

/** Equal for label sets that are equal but for the metric. */
export function keyWithoutName(labels: Labels): string {
  return keyOf(labels, namesExcept(labels, []));
}

/** Equal for label sets that are equal, the metric included. */
export function labelsKey(labels: Labels): string {
  return keyOf(labels, Object.keys(labels).sort());
}

/** For people: `cpu_usage_idle{host="a"}`. */
export function formatLabels(labels: Labels): string {
  const { [METRIC_NAME]: metric = '', ...others } = labels;
  const pairs = Object.entries(others).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 && metric ? metric : `${metric}{${pairs.join(', ')}}`;
}

/** Equal for label sets of one group. */
export function groupKey(labels: Labels, { by, names }: Grouping): string {
  return keyOf(labels, by ? names : namesExcept(labels, names));
}

/** The labels that a group has of one of its series. Those that are empty are none. */
export function groupLabels(labels: Labels, { by, names }: Grouping): Labels {
  return Object.fromEntries(pairsOf(labels, by ? names : namesExcept(labels, names)));
}

/** A label set with another value of one label; an empty one takes the label away. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  const { [name]: _, ...others } = labels;
  return value === '' ? others : Object.fromEntries([...Object.entries(others), [name, value]]);
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

  /** The number of the group that a series is of. */
  numberOf(labels: Labels): number {
    const key = groupKey(labels, this.#grouping);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.labels.length;
    this.#numbers.set(key, number);
    this.labels.push(groupLabels(labels, this.#grouping));
    return number;
  }
}

function namesExcept(labels: Labels, left: readonly string[]): string[] {
  return Object.keys(labels)
    .filter((name) => name !== METRIC_NAME && !left.includes(name))
    .sort();
}

/** Undefined or empty: there is none. A label may be asked for that objects have of themselves, such as `constructor`. */
export function labelOf(labels: Labels, name: string): string | undefined {
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
