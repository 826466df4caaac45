import type { Labels } from '@overseer/shared';
import { RELATIVE_DIFFERENCE_MAX } from '../comparison.ts';
import type { Leniency } from '../excuses.ts';
import { labelsKey } from '../reference-values.ts';
import type { SampleText, SeriesText, StrictAnswer } from './strict-answer.ts';

export interface ComparisonOptions extends Leniency {
  /** The values of a vector come in an order that was asked for. */
  readonly isOrdered?: boolean;
}

/** @returns one line for each difference of what Overseer answers, none when nothing differs */
export function answerDifferences(
  expected: StrictAnswer,
  actual: StrictAnswer,
  options: ComparisonOptions = {},
): string[] {
  if (expected.resultType === 'error' || actual.resultType === 'error') {
    return errorDifferences(expected, actual);
  }
  if (expected.resultType !== actual.resultType) {
    return [`resultType is ${actual.resultType} instead of ${expected.resultType}`];
  }
  if ('sample' in expected && 'sample' in actual) {
    return sampleDifferences(expected.sample, actual.sample, options);
  }
  if (!('series' in expected && 'series' in actual)) return [];
  return [
    ...seriesDifferences(expected.series, actual.series, options),
    ...orderDifferences(expected, actual, options),
  ];
}

function errorDifferences(expected: StrictAnswer, actual: StrictAnswer): string[] {
  const told = [expected, actual].map((answer) =>
    answer.resultType === 'error' ? `${answer.errorType}: ${answer.error}` : answer.resultType,
  );
  return told[0] === told[1] ? [] : [`${told[1]} instead of ${told[0]}`];
}

function seriesDifferences(
  expected: readonly SeriesText[],
  actual: readonly SeriesText[],
  options: ComparisonOptions,
): string[] {
  const keyOf = ({ labels }: SeriesText) =>
    labelsKey(options.isWithoutNames ? withoutName(labels) : labels);
  const found = new Map(actual.map((series) => [keyOf(series), series]));
  const differences = found.size === actual.length ? [] : ['a series comes more than once'];
  for (const series of expected) {
    const key = keyOf(series);
    const other = found.get(key);
    found.delete(key);
    if (!other) {
      differences.push(`${key} is missing`);
      continue;
    }
    const { length } = series.samples;
    if (length !== other.samples.length) {
      differences.push(`${key} has ${other.samples.length} samples instead of ${length}`);
      continue;
    }
    for (const [i, sample] of series.samples.entries()) {
      const some = sampleDifferences(sample, other.samples[i] as SampleText, options);
      differences.push(...some.map((text) => `${key}: ${text}`));
    }
  }
  differences.push(...[...found.keys()].map((key) => `${key} should not be there`));
  return differences;
}

/** Series of a matrix are sorted by their labels; of a vector the values may be, and equal ones come in any order. */
function orderDifferences(
  expected: { readonly resultType: string; readonly series: readonly SeriesText[] },
  actual: { readonly series: readonly SeriesText[] },
  { isOrdered, isWithoutNames, ...options }: ComparisonOptions,
): string[] {
  if (expected.series.length !== actual.series.length) return [];
  if (expected.resultType === 'matrix' && !isWithoutNames) {
    const [wanted, given] = [expected, actual].map(({ series }) =>
      series.map(({ labels }) => labelsKey(labels)).join(' '),
    );
    return wanted === given ? [] : [`the order is ${given} instead of ${wanted}`];
  }
  if (expected.resultType !== 'vector' || !isOrdered) return [];
  return expected.series.flatMap(({ samples: [sample] }, place) =>
    sampleDifferences(
      sample as SampleText,
      actual.series[place]?.samples[0] as SampleText,
      options,
    ).map((text) => `at place ${place}: ${text}`),
  );
}

function sampleDifferences(
  [time, value]: SampleText,
  [actualTime, actualValue]: SampleText,
  { relativeDifferenceMax = RELATIVE_DIFFERENCE_MAX }: ComparisonOptions,
): string[] {
  if (time !== actualTime) return [`the time is ${actualTime} instead of ${time}`];
  if (value === actualValue) return [];
  const [a, b] = [numberOf(value), numberOf(actualValue)];
  const bound = relativeDifferenceMax * Math.max(Math.abs(a), Math.abs(b));
  // The same number in other words is a difference.
  if (a !== b && Number.isFinite(bound) && Math.abs(a - b) <= bound) return [];
  return [`${actualValue} instead of ${value} at ${time}`];
}

const numberOf = (text: string) => Number(text.replace('Inf', 'Infinity'));

function withoutName({ __name__: _, ...labels }: Labels): Labels {
  return labels;
}
