/** PromQL: from texts to expressions, from expressions to series. All it knows of the data is `series-source.ts`. */
export { type EvaluationBudget, LABEL_SET_VALUES } from './context.ts';
export { type Dependencies, dependenciesOf, type Reach } from './dependencies.ts';
export {
  ANSWER_VALUES_MAX,
  type EvaluationOptions,
  evaluateInstant,
  evaluateRange,
  type InstantResult,
  type InstantSeries,
  type RowReduction,
  type SampleSeries,
} from './evaluation.ts';
export { type Expression, partsOf, type ValueType, valueTypeOf } from './expression.ts';
export { METRIC_NAME } from './matchers.ts';
export type {
  Matcher,
  ReadBudget,
  SampleBlock,
  Selection,
  SeriesSource,
} from './series-source.ts';
export { gridOf, STEPS_MAX, type StepGrid, type StepSeries, type StepValues } from './step-grid.ts';
export { parseExpression, parseSelector } from './syntax/parser.ts';
