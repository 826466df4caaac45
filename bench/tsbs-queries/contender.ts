import type { Contender, Figures } from '../harness.ts';
import { percentile } from '../latencies.ts';
import { ProcessMeter } from '../processes.ts';
import { Random } from '../random.ts';
import type { AnswerBook } from './answers.ts';
import type { Asker } from './askers.ts';
import { drawQuestion, type Question, type Region, type TsbsQuery } from './questions.ts';

/** A query, where its windows lie, and how often it is asked in a run. */
export interface AskedQuery {
  /** The query's name, and what is particular about where. */
  readonly name: string;
  readonly query: TsbsQuery;
  readonly region: Region;
  readonly asked: number;
}

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
  let number = 0;
  let runs = 0;
  let explained: Figures | undefined;
  return {
    name: `${name}${SEPARATOR}${asker.name}`,
    async run() {
      const questions = Array.from({ length: asked }, () => drawQuestion(query, region, random));
      const latenciesMs: number[] = [];
      const replies = [];
      let bytes = 0;
      await asker.resume();
      try {
        meter.start();
        for (const question of questions) {
          const startedAt = performance.now();
          const reply = await asker.ask(question);
          latenciesMs.push(performance.now() - startedAt);
          bytes += reply.bytes;
          replies.push(reply);
        }
      } finally {
        await asker.pause();
      }
      const usage = meter.stop();
      for (const reply of replies)
        book.check(number++, query.shape, `${name}, ${asker.name}`, reply.read());
      // Once, when it is warm: it takes as long as a question.
      if (runs++ === 1) explained = await asker.explain?.(questions[0] as Question);
      const rows = questions.reduce((sum, question) => sum + question.rows, 0);
      return {
        answerMedianMs: percentile(latenciesMs, 0.5),
        answerP95Ms: percentile(latenciesMs, 0.95),
        ...usageFigures(usage, asked),
        answerBytes: bytes / asked,
        rows: rows / asked,
        ...explained,
      };
    },
  };
}

/** CPU time of a question, of all processes and of each; and the most memory that they had. */
function usageFigures(usage: ReturnType<ProcessMeter<string>['stop']>, asked: number): Figures {
  const entries = Object.entries(usage);
  const cpuMs = (cpuSeconds: number) => (cpuSeconds * 1000) / asked;
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const figures: Figures = {
    cpuMs: cpuMs(sum(entries.map(([, { cpuSeconds }]) => cpuSeconds))),
    memoryPeakMiB: sum(entries.map(([, { memoryPeakBytes }]) => memoryPeakBytes)) / 2 ** 20,
  };
  if (entries.length > 1)
    for (const [name, { cpuSeconds }] of entries) figures[`${name}CpuMs`] = cpuMs(cpuSeconds);
  return figures;
}
