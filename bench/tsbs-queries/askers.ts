import type { OtlpReceiver } from '@overseer/local/testing';
import type { Sql } from 'postgres';
import type { Figures } from '../harness.ts';
import type { Metered } from '../processes.ts';
import { type Answer, readApiAnswer, readSqlAnswer } from './answers.ts';
import { apiRequest } from './expressions.ts';
import { publishedSql } from './published-sql.ts';
import { explainTime } from './question-trace.ts';
import type { Question } from './questions.ts';

/** What came for a question; it is read when its time has been taken. */
export interface Reply {
  readonly bytes: number;
  read(): Answer;
}

/** Somebody who can be asked, all of whose answer is here when `ask` is done. */
export interface Asker {
  readonly name: string;
  readonly processes: Readonly<Record<string, Metered>>;
  ask(question: Question): Promise<Reply>;
  /** Asks once more, unmeasured, and tells where the time of the answer goes. */
  explain?(question: Question): Promise<Figures>;
  /** Lets it run, and holds it while others are asked. */
  resume(): Promise<void>;
  pause(): Promise<void>;
}

/** What an asker of the HTTP API of Prometheus differs by. */
export interface ApiOptions extends Pick<Asker, 'name' | 'processes'> {
  /** Ends before `query` and `query_range`. */
  readonly url: string;
  readonly parameters?: Readonly<Record<string, string>>;
  expression(question: Question): string;
  /** Where traces come that are asked for. */
  receiver?: OtlpReceiver;
  resume?(): Promise<void>;
  pause?(): Promise<void>;
}

export function apiAsker({
  url,
  parameters = {},
  expression,
  receiver,
  ...rest
}: ApiOptions): Asker {
  const further = new URLSearchParams(parameters);
  const get = async (question: Question, headers: Record<string, string>) => {
    const request = `${url}/${apiRequest(question, expression(question))}&${further}`;
    // Nothing is compressed on the way to this machine; Bun would ask for it.
    const response = await fetch(request, {
      headers: { 'accept-encoding': 'identity', ...headers },
    });
    return response.text();
  };
  return {
    resume: async () => {},
    pause: async () => {},
    ...rest,
    async ask(question) {
      const text = await get(question, {});
      return { bytes: text.length, read: () => readApiAnswer(question, text) };
    },
    ...(receiver && {
      explain: (question) => explainTime(receiver, (headers) => get(question, headers)),
    }),
  };
}

/** @param sql of one connection, at the published table */
export function sqlAsker(sql: Sql, postgres: Metered): Asker {
  return {
    name: 'published SQL',
    processes: { postgres },
    resume: async () => {},
    pause: async () => {},
    async ask(question) {
      // Raw: making values of the rows is not what is measured.
      const rows = await sql.unsafe(publishedSql(question)).raw();
      const columns = rows.columns.map(({ name }) => name);
      return {
        bytes: rows.reduce(
          (sum, row) => sum + row.reduce((of, cell) => of + (cell?.length ?? 0), 0),
          0,
        ),
        read: () => readSqlAnswer(question, { columns, rows }),
      };
    },
  };
}
