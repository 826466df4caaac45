import type { Labels } from '@overseer/shared';
import type { Matcher } from '../series-source.ts';
import type { StepGrid } from '../step-grid.ts';
import type { TestSeries } from './memory-source.ts';
import type {
  AggregationQuestion,
  Question,
  SelectorQuestion,
  SubqueryQuestion,
  When,
  WindowQuestion,
} from './questions.ts';
import { binary, negated } from './reference-binary.ts';
import { called } from './reference-calls.ts';
import {
  type Element,
  labelsKey,
  ofValues,
  ofWindow,
  type Sample,
  type Value,
} from './reference-values.ts';

/**
 * A plain evaluation to compare answers with: for each step it filters all samples and computes by definition. It shares no code with
 * the evaluator and knows nothing of speed.
 */

export interface ReferenceOptions {
  readonly lookbackMs: number;
  /** The left edge of windows belongs to them: wrong, to see that a comparison notices. */
  readonly isLeftClosed?: boolean;
}

export interface AnswerSeries {
  readonly labels: Labels;
  /** Undefined: no value at this step. */
  readonly values: readonly (number | undefined)[];
}

interface Scene extends ReferenceOptions {
  readonly series: readonly TestSeries[];
  readonly startMs: number;
  readonly endMs: number;
}

/** The answer over all steps; series without any value are left out. */
export function referenceAnswer(
  question: Question,
  series: readonly TestSeries[],
  grid: StepGrid,
  options: ReferenceOptions,
): AnswerSeries[] {
  const endMs = grid.startMs + (grid.count - 1) * grid.stepMs;
  const scene: Scene = { ...options, series, startMs: grid.startMs, endMs };
  const answer = new Map<string, { labels: Labels; values: (number | undefined)[] }>();
  for (let step = 0; step < grid.count; step++) {
    const timeMs = grid.startMs + step * grid.stepMs;
    for (const { labels, value } of elementsOf(evaluateAt(question, timeMs, scene))) {
      const key = labelsKey(labels);
      let found = answer.get(key);
      if (!found) {
        found = { labels, values: new Array<undefined>(grid.count).fill(undefined) };
        answer.set(key, found);
      }
      if (found.values[step] !== undefined) throw new Error(`${key} comes twice at step ${step}`);
      found.values[step] = value;
    }
  }
  return [...answer.values()];
}

function elementsOf(value: Value): readonly Element[] {
  if (typeof value === 'string') throw new Error('a text is no vector');
  return typeof value === 'number' ? [{ labels: {}, value }] : value;
}

function evaluateAt(question: Question, timeMs: number, scene: Scene): Value {
  switch (question.kind) {
    case 'number':
    case 'text':
      return question.value;
    case 'selector':
      return windowsAt(
        { function: 'last_over_time', of: question, rangeMs: scene.lookbackMs },
        timeMs,
        scene,
      );
    case 'window':
      return windowsAt(question, timeMs, scene);
    case 'aggregation':
      return aggregate(question, timeMs, scene);
    case 'negation':
      return negated(evaluateAt(question.of, timeMs, scene));
    case 'binary':
      return binary(
        question,
        evaluateAt(question.left, timeMs, scene),
        evaluateAt(question.right, timeMs, scene),
      );
    case 'call': {
      const [of] = question.arguments;
      if (question.function === 'timestamp' && of?.kind === 'selector') {
        const window = { function: 'timestamp', of, rangeMs: scene.lookbackMs };
        return windowsAt(window, timeMs, scene);
      }
      const given = question.arguments.map((argument) => evaluateAt(argument, timeMs, scene));
      const [vector = []] = given;
      if (question.function === 'absent' && of) return absence(of, elementsOf(vector).length);
      return called(question.function, given, timeMs);
    }
  }
}

/** 1 when there is nothing, with the labels that a selector wants. */
function absence(of: Question | SubqueryQuestion, count: number): Element[] {
  if (count > 0) return [];
  const wanted = of.kind === 'selector' ? of.matchers.slice(1) : [];
  const equal = wanted.filter(({ op, value }) => op === '=' && value !== '');
  return [{ labels: Object.fromEntries(equal.map(({ name, value }) => [name, value])), value: 1 }];
}

function windowsAt(
  { of, rangeMs, function: name, parameter = Number.NaN }: Omit<WindowQuestion, 'kind'>,
  timeMs: number,
  scene: Scene,
): Element[] {
  const untilMs = endOf(of, timeMs, scene);
  const afterMs = untilMs - rangeMs;
  const isWithin = ({ time }: Sample) =>
    time <= untilMs && (time > afterMs || (scene.isLeftClosed === true && time === afterMs));
  const all = of.kind === 'selector' ? selected(of, scene) : stepped(of, afterMs, untilMs, scene);
  const found = all
    .map(({ labels, samples }) => ({ labels, samples: samples.filter(isWithin) }))
    .filter(({ samples }) => samples.length > 0);
  if (name === 'absent_over_time') return absence(of, found.length);
  return found.flatMap(({ labels, samples }) => {
    const value = ofWindow(name, { samples, afterMs, untilMs, stepMs: timeMs }, parameter);
    if (value === undefined) return [];
    const { __name__: _, ...others } = labels;
    return [{ labels: name === 'last_over_time' ? labels : others, value }];
  });
}

function endOf({ at, offsetMs }: When, timeMs: number, { startMs, endMs }: Scene): number {
  const ofMs = at === 'start' ? startMs : at === 'end' ? endMs : (at ?? timeMs);
  return ofMs - offsetMs;
}

interface Sampled {
  readonly labels: Labels;
  readonly samples: readonly Sample[];
}

function selected({ matchers }: SelectorQuestion, { series }: Scene): Sampled[] {
  return series
    .filter(({ labels }) => matchers.every((matcher) => fits(labels, matcher)))
    .map(({ labels, times, values }) => ({
      labels,
      samples: times.map((time, i): Sample => ({ time, value: values[i] ?? Number.NaN })),
    }));
}

function fits(labels: Labels, { name, op, value }: Matcher): boolean {
  const own = labels[name] ?? '';
  if (op === '=' || op === '!=') return (own === value) === (op === '=');
  return new RegExp(`^(?:${value})$`, 's').test(own) === (op === '=~');
}

/** A subquery: its expression at all multiples of the step. */
function stepped(
  { of, stepMs }: SubqueryQuestion,
  afterMs: number,
  untilMs: number,
  scene: Scene,
): Sampled[] {
  const found = new Map<string, { labels: Labels; samples: Sample[] }>();
  for (let time = Math.ceil(afterMs / stepMs) * stepMs; time <= untilMs; time += stepMs) {
    for (const { labels, value } of elementsOf(evaluateAt(of, time, scene))) {
      const key = labelsKey(labels);
      const one = found.get(key) ?? { labels, samples: [] };
      found.set(key, one);
      one.samples.push({ time, value });
    }
  }
  return [...found.values()];
}

function aggregate(
  { function: name, parameter, by, names, of }: AggregationQuestion,
  timeMs: number,
  scene: Scene,
): Element[] {
  const given = parameter && evaluateAt(parameter, timeMs, scene);
  const isCounting = name === 'count_values';
  const groups = new Map<string, { labels: Labels; elements: Element[] }>();
  for (const element of elementsOf(evaluateAt(of, timeMs, scene))) {
    const kept = Object.fromEntries(
      Object.entries(element.labels).filter(([label]) =>
        by ? names.includes(label) : !names.includes(label) && label !== '__name__',
      ),
    );
    const labels = isCounting ? { ...kept, [String(given)]: textOf(element.value) } : kept;
    const key = labelsKey(labels);
    const group = groups.get(key) ?? { labels, elements: [] };
    groups.set(key, group);
    group.elements.push(element);
  }
  return [...groups.values()].flatMap(({ labels, elements }) => {
    if (name === 'topk' || name === 'bottomk') {
      const order = name === 'topk' ? descending : ascending;
      return elements.toSorted((a, b) => order(a.value, b.value)).slice(0, Number(given));
    }
    const values = elements.map(({ value }) => value);
    return [{ labels, value: ofValues(isCounting ? 'count' : name, values, Number(given)) }];
  });
}

/** As a label; generated values have no exponents. */
function textOf(value: number): string {
  return `${value}`.replace(/^Infinity/, '+Inf').replace('Infinity', 'Inf');
}

/** NaN last. */
function ascending(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a < b ? -1 : 1;
}

function descending(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? ascending(a, b) : ascending(b, a);
}
