import { AnswerError, type Labels } from '@overseer/shared';
import type { Matcher } from '../promql/series-source.ts';
import { QueryLimitError } from '../query-limit.ts';
import { type LabelIndex, labelsOf, type Metric, type SelectedSeries } from './label-index.ts';

/** What is asked about labels themselves. No sets of matchers: everything; several: what fits any of them. */

const NAME_LABEL = '__name__';

type MatcherSets = readonly (readonly Matcher[])[];

function selectAny(index: LabelIndex, db: string, sets: MatcherSets): SelectedSeries[] {
  return (sets.length === 0 ? [[]] : sets).flatMap((matchers) => index.select(db, matchers));
}

/** Names of labels, sorted. */
export function labelNames(index: LabelIndex, db: string, sets: MatcherSets): string[] {
  const names = new Set<string>();
  for (const { measured, numbers } of selectAny(index, db, sets)) {
    names.add(NAME_LABEL);
    for (const key of measured.series.tagKeys) {
      if (!names.has(key) && measured.series.column(key)?.isIn(numbers)) names.add(key);
    }
  }
  return [...names].sort();
}

/** Values of a label, sorted. */
export function labelValues(
  index: LabelIndex,
  db: string,
  label: string,
  sets: MatcherSets,
): string[] {
  const values = new Set<string>();
  for (const { measured, metrics, numbers } of selectAny(index, db, sets)) {
    if (label === NAME_LABEL) for (const { name } of metrics) values.add(name);
    else measured.series.column(label)?.collect(numbers, values);
  }
  return [...values].sort();
}

/** Label sets, each once. @throws AnswerError limit */
export function labelSets(
  index: LabelIndex,
  db: string,
  sets: MatcherSets,
  seriesMax: number,
): Labels[] {
  const selected = selectAny(index, db, sets);
  if (sets.length < 2 && !mayCollide(selected)) return allLabels(selected, seriesMax);
  const byKey = new Map<string, Labels>();
  for (const some of selected) {
    for (const labels of labelsOf(some)) byKey.set(keyOf(labels), labels);
    checkCount(byKey.size, seriesMax);
  }
  return [...byKey.values()];
}

/**
 * Labels of a selection, each set once.
 * @throws AnswerError limit: more than so many series; execution: two fields make the same labels
 */
export function distinctLabels(selected: readonly SelectedSeries[], seriesMax: number): Labels[] {
  const labels = allLabels(selected, seriesMax);
  if (mayCollide(selected)) checkDistinct(selected, labels);
  return labels;
}

function allLabels(selected: readonly SelectedSeries[], seriesMax: number): Labels[] {
  // Before any is made: a selection of everything costs little until then.
  checkCount(
    selected.reduce((sum, { metrics, numbers }) => sum + metrics.length * numbers.length, 0),
    seriesMax,
  );
  const all: Labels[] = [];
  for (const some of selected) for (const labels of labelsOf(some)) all.push(labels);
  return all;
}

function checkCount(count: number, seriesMax: number): void {
  if (count <= seriesMax) return;
  throw new QueryLimitError(
    'query_series_max',
    `the selector fits ${count} series, more than the limit of ${seriesMax} (QUERY_SERIES_MAX): add matchers that leave fewer`,
  );
}

/** Within one measurement and metric labels differ as the tags do; others can only be equal when the metric has the same name. */
function mayCollide(selected: readonly SelectedSeries[]): boolean {
  const names = selected.flatMap(({ metrics }) => metrics.map((metric) => metric.name));
  return (
    new Set(names).size < names.length || selected.some(({ measured }) => measured.series.hidesTags)
  );
}

function checkDistinct(selected: readonly SelectedSeries[], labels: readonly Labels[]): void {
  const owners = new Map<string, string>();
  let next = 0;
  for (const { measured, metrics, numbers } of selected) {
    for (const metric of metrics) {
      const owner = describe(measured.table.measurement, metric);
      for (let i = 0; i < numbers.length; i++) {
        const own = labels[next++] as Labels;
        const key = keyOf(own);
        const other = owners.get(key);
        if (other !== undefined) throw collision(own, other, owner);
        owners.set(key, owner);
      }
    }
  }
}

const describe = (measurement: string, { field }: Metric) =>
  `field ${JSON.stringify(field.name)} of measurement ${JSON.stringify(measurement)}`;

function collision(labels: Labels, one: string, other: string): AnswerError {
  const what = `the series ${formatLabels(labels)}`;
  return new AnswerError(
    'execution',
    one === other
      ? `${what} is there twice in ${one}: its points differ by a tag that can’t be a label (__name__, __proto__) only`
      : `${what} is made by ${one} and by ${other}: rename one, or add a matcher that only one of them fits`,
  );
}

/** As PromQL writes it. */
function formatLabels({ [NAME_LABEL]: name, ...tags }: Labels): string {
  const pairs = Object.entries(tags).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `${name}{${pairs.join(', ')}}`;
}

/** Equal for equal labels. */
function keyOf(labels: Labels): string {
  return JSON.stringify(
    Object.keys(labels)
      .sort()
      .map((name) => [name, labels[name]]),
  );
}
