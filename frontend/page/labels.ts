import type { Labels } from '@overseer/shared/queries';
import { queryLetter } from '../model/panel-spec.ts';
import type { SeriesRow } from './series/series-columns.ts';

const METRIC = '__name__';

/** Above so many series, nobody reads their names: they are neither compared nor sorted. */
export const NAMED_SERIES_MAX = 1000;

/** Labels that all series of a chart have in common, so that each needs to tell only the others. */
export function commonLabels(all: readonly Labels[]): Labels {
  const [first, ...others] = all;
  const shared = Object.entries(first ?? {}).filter(([name, value]) =>
    others.every((labels) => labels[name] === value),
  );
  return Object.fromEntries(shared);
}

/** Whether the labels that series have in common include the metric: not after a function, nor of several metrics. */
export function isOneMetric(common: Labels): boolean {
  return Object.hasOwn(common, METRIC);
}

/** What tells a series from the others of its chart: `cpu=0 host=a`; empty when nothing does. */
export function distinguish(labels: Labels, common: Labels): string {
  const parts = sortedEntries(labels).filter(([name]) => !Object.hasOwn(common, name));
  return parts.map(([name, value]) => (name === METRIC ? value : `${name}=${value}`)).join(' ');
}

/** What the series of a panel are called by. */
export interface SeriesNaming {
  /** What all of them have in common. */
  readonly common: Labels;
  /** Of each query the legend of its `PanelQuery`, by the letter of its `QueryIdentity`. */
  readonly legends: ReadonlyMap<string, string>;
}

/**
 * What a series is called: as the legend of its query says, if that comes to anything; else by what tells it from the others; else by
 * the expression. The letter of its query stands before labels that do not name a metric and may be those of another query's series.
 */
export function nameOf({ labels, columns }: SeriesRow, { common, legends }: SeriesNaming): string {
  const { expr, letter } = columns.query;
  const legend = fillLegend(legends.get(letter) ?? '', labels);
  if (legend !== '') return legend;
  const distinction = distinguish(labels, common);
  if (distinction === '') return expr;
  const tellsMetric = Object.hasOwn(labels, METRIC) && !Object.hasOwn(common, METRIC);
  return legends.size < 2 || tellsMetric
    ? distinction
    : `${letter || queryLetter(0)} ${distinction}`;
}

/** Puts labels where a legend names them: `{{host}} in {{region}}`; a label that the series does not have is empty. */
export function fillLegend(legend: string, labels: Labels): string {
  return legend
    .replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (_, name: string) => ownLabel(labels, name))
    .trim();
}

function ownLabel(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
}

/** The series as an expression writes it: `cpu_usage_idle{cpu="0"}`. */
export function describe(labels: Labels): string {
  const { [METRIC]: metric = '', ...tags } = labels;
  const matchers = sortedEntries(tags).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return matchers.length > 0 ? `${metric}{${matchers.join(', ')}}` : metric || '{}';
}

/**
 * 32 bits that stand for the series wherever it appears. FNV-1a over the sorted labels,
 * finished as in MurmurHash3, so that labels which differ in one character are far apart.
 */
export function hashLabels(labels: Labels): number {
  let hash = 0x811c9dc5;
  for (const [name, value] of sortedEntries(labels)) {
    hash = fnv1a(fnv1a(hash, name), value);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Ends with a character that no name or value has, so that neither runs into the next. */
function fnv1a(start: number, text: string): number {
  let hash = start;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return Math.imul(hash, 0x01000193);
}

function sortedEntries(labels: Labels): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}
