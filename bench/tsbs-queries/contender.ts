import type { Contender, Figures } from '../harness.ts';
import { percentile } from '../latencies.ts';
import { ProcessMeter } from '../processes.ts';
import { Random } from '../random.ts';
import type { AnswerBook } from './answers.ts';
import type { Asker, Reply } from './askers.ts';
import { drawQuestion, type Question, type Region, type TsbsQuery } from './questions.ts';

/** A query, where its windows lie, and how often it is asked in a run. */
export interface AskedQuery {
  /** The query's name, and what is particular about where. */
  readonly name: string;
  readonly query: TsbsQuery;
  readonly region: Region;
  /** At the most. */
  readonly asked: number;
}

/** After that long a run asks nothing more: one that is slow must not take the time of all. */
const RUN_MS_MAX = 2000;

/** A contender's name, from which the table takes it apart again. */
export const SEPARATOR = ': ';

/**
 * An asker of a query: all of the same seed draw the same questions in the same order, run after run new ones.
 * @param book shared by all askers of the query; it fails the run whose answer is another
 */
export function queryContender(
  { name, query, region, asked }: AskedQuery,
  asker: Asker,
  seed: number,
  book: AnswerBook,
): Contender {
  const random = new Random(seed);
  const meter = new ProcessMeter(asker.processes);
  let runs = 0;
  let explained: Figures | undefined;
  return {
    name: `${name}${SEPARATOR}${asker.name}`,
    async run() {
      const first = runs * asked;
      const questions = Array.from({ length: asked }, () => drawQuestion(query, region, random));
      await asker.resume();
      meter.start();
      const { replies, latenciesMs } = await askAll(asker, questions).finally(() => asker.pause());
      const usage = meter.stop();
      book.forgetBefore(first);
      for (const [index, reply] of replies.entries())
        book.check(first + index, query.shape, `${name}, ${asker.name}`, reply.read());
      // Once, when it is warm: it takes as long as a question.
      if (runs++ === 1) explained = await asker.explain?.(questions[0] as Question);
      const rows = questions.slice(0, replies.length).map((question) => question.rows);
      return {
        answerMedianMs: percentile(latenciesMs, 0.5),
        answerP95Ms: percentile(latenciesMs, 0.95),
        ...usageFigures(usage, replies.length),
        answerBytes: mean(replies.map(({ bytes }) => bytes)),
        rows: mean(rows),
        asked: replies.length,
        ...explained,
      };
    },
  };
}

/** One after the other, as many as there is time for. */
async function askAll(asker: Asker, questions: readonly Question[]) {
  const replies: Reply[] = [];
  const latenciesMs: number[] = [];
  const untilMs = performance.now() + RUN_MS_MAX;
  for (const question of questions) {
    const startedAt = performance.now();
    if (startedAt > untilMs) break;
    replies.push(await asker.ask(question));
    latenciesMs.push(performance.now() - startedAt);
  }
  return { replies, latenciesMs };
}

/** CPU time of a question, of all processes and of each; and the most memory that they had. */
function usageFigures(usage: ReturnType<ProcessMeter<string>['stop']>, asked: number): Figures {
  const entries = Object.entries(usage);
  const cpuMs = (cpuSeconds: number) => (cpuSeconds * 1000) / asked;
  const figures: Figures = {
    cpuMs: cpuMs(sum(entries.map(([, { cpuSeconds }]) => cpuSeconds))),
    memoryPeakMiB: sum(entries.map(([, { memoryPeakBytes }]) => memoryPeakBytes)) / 2 ** 20,
  };
  if (entries.length > 1)
    for (const [name, { cpuSeconds }] of entries) figures[`${name}CpuMs`] = cpuMs(cpuSeconds);
  return figures;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
