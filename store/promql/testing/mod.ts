/** For tests of PromQL, over whatever holds the series: data, questions on them, a plain evaluation and a comparison with it. */
export { at, cpu, errorOf, every, optionsFor, range, SECOND_MS, valueAt } from './asking.ts';
export { differencesOf, RELATIVE_DIFFERENCE_MAX } from './comparison.ts';
export { EDGE_CASES, edgeSeries, edgeText } from './edge-cases.ts';
export { Excuses, isExcuseFor } from './excuses.ts';
export { MemorySource, type TestSeries, unboundedBudget } from './memory-source.ts';
export { type GeneratorOptions, QuestionGenerator } from './question-generator.ts';
export { EVERY_NAME, RANKINGS } from './question-names.ts';
export { expressionText, namesIn, type Question } from './questions.ts';
export { Random } from './random.ts';
export { type AnswerSeries, referenceAnswer } from './reference.ts';
export { labelsKey } from './reference-values.ts';
export {
  generateData,
  openMetricsOf,
  seriesOf,
  type TestField,
  TYPED_GAUGES,
} from './sample-data.ts';
