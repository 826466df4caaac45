import { INTERVAL_MS, MEASUREMENT } from '../tsbs.ts';
import { FIELD_LABEL } from './expressions.ts';
import { type Question, type Shape, stepMsOf } from './questions.ts';

/**
 * An answer in a form that is the same whoever gave it: by field and host (`usage_user host_7`; just the field where hosts are
 * merged) times in ms and values by turns, in the order of time. The time of a group is that of its beginning.
 */
export type Answer = ReadonlyMap<string, readonly number[]>;

/** Sums are added up in different orders. */
const TOLERANCE = 1e-9;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: Sample;
  readonly values?: readonly Sample[];
}
type Sample = readonly [seconds: number, value: string];

/** @throws when it is not an answer of the HTTP API of Prometheus, or one that something failed. */
export function readApiAnswer(question: Question, text: string): Answer {
  const answer = JSON.parse(text) as { status: string; data?: { result: readonly Series[] } };
  if (answer.status !== 'success' || answer.data === undefined)
    throw new Error(`${question.shape} was answered: ${text.slice(0, 500)}`);
  const groupMs = stepMsOf(question.shape);
  const backMs = question.shape === 'last' ? 0 : groupMs - INTERVAL_MS;
  return collect(
    answer.data.result.map(({ metric, value, values = value ? [value] : [] }) => [
      keyOf(fieldOf(question, metric), hasHosts(question) ? metric.hostname : undefined),
      values.flatMap(([seconds, text]) => [Math.round(seconds * 1000) - backMs, Number(text)]),
    ]),
  );
}

function fieldOf(question: Question, metric: Series['metric']): string | undefined {
  return (
    metric[FIELD_LABEL] ??
    metric.__name__?.slice(MEASUREMENT.length + 1) ??
    (question.fields.length === 1 ? question.fields[0] : undefined)
  );
}

/** Rows as PostgreSQL sends them in text, by the names of their columns. */
export interface RawRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (Uint8Array | null)[])[];
}

/** Fields that the question doesn't ask of, which `SELECT *` has, are left out. */
export function readSqlAnswer(question: Question, { columns, rows }: RawRows): Answer {
  const at = (...names: string[]) => columns.findIndex((column) => names.includes(column));
  const timeAt = at('time', 'minute', 'hour');
  const [hostAt, idAt] = [at('hostname'), at('tags_id')];
  const fieldsAt = question.fields.map((field) => [
    field,
    at(field, `max_${field}`, `mean_${field}`),
  ]) as readonly (readonly [string, number])[];
  const series = new Map<string, number[]>();
  const times = new Map<string, number>();
  for (const row of rows) {
    const text = (column: number) => Buffer.from(row[column] ?? []).toString('latin1');
    const timeText = text(timeAt);
    const timeMs = times.get(timeText) ?? Date.parse(`${timeText.replace(' ', 'T')}:00`);
    times.set(timeText, timeMs);
    // The id of host_7 is 8.
    const host = () => (hostAt < 0 ? `host_${Number(text(idAt)) - 1}` : text(hostAt));
    const ofHost = hasHosts(question) ? host() : undefined;
    for (const [field, column] of fieldsAt) {
      const key = keyOf(field, ofHost);
      const samples = series.get(key);
      if (samples) samples.push(timeMs, Number(text(column)));
      else series.set(key, [timeMs, Number(text(column))]);
    }
  }
  return collect([...series]);
}

/** Whether the answer tells hosts apart. */
function hasHosts({ shape }: Question): boolean {
  return shape === 'mean by hour and host' || shape === 'high' || shape === 'last';
}

function keyOf(field: string | undefined, host: string | undefined): string {
  if (field === undefined) throw new Error('a series of an answer does not say its field');
  return host === undefined ? field : `${field} ${host}`;
}

function collect(series: readonly (readonly [string, number[]])[]): Answer {
  const answer = new Map<string, number[]>();
  for (const [key, samples] of series) {
    if (answer.has(key)) throw new Error(`an answer has two series of ${key}`);
    answer.set(key, inOrder(samples));
  }
  return answer;
}

/** SQL's order may be any. */
function inOrder(samples: number[]): number[] {
  const pairs = Array.from({ length: samples.length / 2 }, (_, pair) => [
    samples[2 * pair] as number,
    samples[2 * pair + 1] as number,
  ]);
  return pairs.sort(([a = 0], [b = 0]) => a - b).flat();
}

/** What differs between two answers first, for people; undefined when nothing does. */
export function findDifference(expected: Answer, found: Answer): string | undefined {
  if (expected.size !== found.size) return `${found.size} series instead of ${expected.size}`;
  for (const [key, samples] of expected) {
    const others = found.get(key);
    if (others?.length !== samples.length)
      return `${key}: ${(others?.length ?? 0) / 2} values instead of ${samples.length / 2}`;
    const index = samples.findIndex((sample, index) => !isNear(sample, others[index] as number));
    if (index >= 0)
      return `${key}: ${others[index]} instead of ${samples[index]}, number ${index >> 1}`;
  }
  return undefined;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

/** Compares the answers to the same questions, numbered in the order in which each asker asks them. */
export class AnswerBook {
  readonly #given = new Map<number, { name: string; answer: Answer }>();

  /**
   * @param shape of the question: but of high values there always is an answer
   * @throws when it is not what the first asker was answered, or nothing: its time would be that of another question.
   */
  check(number: number, shape: Shape, name: string, answer: Answer): void {
    if (answer.size === 0 && shape !== 'high')
      throw new Error(`${name} answers nothing to question ${number}`);
    const first = this.#given.get(number);
    if (first === undefined) {
      this.#given.set(number, { name, answer });
      return;
    }
    const difference = findDifference(first.answer, answer);
    if (difference !== undefined)
      throw new Error(`question ${number}: ${name} differs from ${first.name}: ${difference}`);
  }

  /** Lets go of answers that nobody will compare any more. */
  forgetBefore(number: number): void {
    for (const given of this.#given.keys()) if (given < number) this.#given.delete(given);
  }
}
