import { startPrometheus, type TestOverseer, waitUntil } from '@overseer/local/testing';
import type { Random } from '../random.ts';
import { openMetricsOf, type TestField } from '../sample-data.ts';
import { answerDifferences } from './answer-comparison.ts';
import { type StrictAnswer, strictAnswer } from './strict-answer.ts';
import { writtenRounds } from './written-rounds.ts';

/** Of one request. */
const LINES_MAX = 5000;
const STORED_DEADLINE_MS = 60_000;

export type Parameters = Readonly<Record<string, string>>;

export interface Twin {
  readonly name: 'Overseer' | 'Prometheus';
  /** Of the API, up to `/api/v1`. */
  readonly url: string;
}

/** The same samples in a database of a whole Overseer, by its write path, and in a Prometheus of their own. */
export class Twins implements AsyncDisposable {
  private constructor(
    readonly overseer: Twin,
    readonly prometheus: Twin,
    /** Of Prometheus. */
    readonly version: string,
    private readonly stop: () => Promise<void>,
  ) {}

  /**
   * Writes the fields into both, and waits until Overseer answers with just the samples of Prometheus.
   * @param database one that nobody has written to
   * @param random says what comes late, and what is written twice
   */
  static async start(
    { ingressUrl, frontendUrl }: TestOverseer,
    {
      database,
      fields,
      random,
    }: {
      readonly database: string;
      readonly fields: readonly TestField[];
      readonly random: Random;
    },
  ): Promise<Twins> {
    for (const lines of writtenRounds(fields, random)) {
      for (let from = 0; from < lines.length; from += LINES_MAX) {
        const body = lines.slice(from, from + LINES_MAX).join('\n');
        await written(`${ingressUrl}/write?db=${database}`, body);
      }
    }
    const running = await startPrometheus(openMetricsOf(fields));
    try {
      const overseer: Twin = { name: 'Overseer', url: `${frontendUrl}/db/${database}/api/v1` };
      const prometheus: Twin = { name: 'Prometheus', url: `${running.url}/api/v1` };
      const build = await fetch(`${prometheus.url}/status/buildinfo`);
      const { data } = (await build.json()) as { data: { version: string } };
      const twins = new Twins(overseer, prometheus, data.version, () => running.stop());
      await twins.#agree(fields);
      return twins;
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  /** What one of them answers to a GET, as text; a POST when there is a form. */
  async text(
    twin: Twin,
    path: string,
    form?: Parameters,
  ): Promise<{ status: number; text: string }> {
    const init = form ? { method: 'POST', body: new URLSearchParams(form) } : {};
    const response = await fetch(`${twin.url}${path}`, init);
    return { status: response.status, text: await response.text() };
  }

  /** The answers of both to a query. @throws Error for an answer that Prometheus would not give in this form */
  async ask(
    path: '/query' | '/query_range',
    parameters: Parameters,
  ): Promise<{ expected: StrictAnswer; actual: StrictAnswer }> {
    const [expected, actual] = await Promise.all(
      [this.prometheus, this.overseer].map(async (twin) => {
        const { text } = await this.text(twin, path, parameters);
        try {
          return strictAnswer(text);
        } catch (cause) {
          throw new Error(`${twin.name} on ${JSON.stringify(parameters)}`, { cause });
        }
      }),
    );
    return { expected, actual } as { expected: StrictAnswer; actual: StrictAnswer };
  }

  async #agree(fields: readonly TestField[]): Promise<void> {
    const times = fields.flatMap(({ times }) => [times[0] ?? 0, times.at(-1) ?? 0]);
    const [first, last] = [Math.min(...times) / 1000, Math.max(...times) / 1000];
    const query = `{__name__=~".+"}[${Math.ceil(last - first) + 1}s]`;
    const parameters = { query, time: `${Math.ceil(last)}` };
    let differences: string[] = [];
    await waitUntil(
      async () => {
        const { expected, actual } = await this.ask('/query', parameters);
        differences = answerDifferences(expected, actual, { relativeDifferenceMax: 0 });
        return differences.length === 0;
      },
      { what: 'all samples to be the same', deadlineMs: STORED_DEADLINE_MS },
    ).catch((cause) => {
      throw new Error(`not the same samples:\n${differences.slice(0, 10).join('\n')}`, { cause });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function written(url: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', body });
  if (response.status !== 204) throw new Error(`${response.status}: ${await response.text()}`);
}
