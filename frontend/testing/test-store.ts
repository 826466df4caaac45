import {
  AnswerError,
  type AnswerHandler,
  type Bus,
  CATALOGUE_SUBJECT,
  connectBus,
  createLogger,
  encodeUpdate,
  float64Bin,
  float64s,
  isPresent,
  type Labels,
  type MatrixSeries,
  metricName,
  PROCESSOR_QUEUE,
  QUERY_QUEUE,
  type QueryEnd,
  querySubject,
  serveAnswers,
  UPDATES_RESET_SUBJECT,
  type Update,
  type UpdateMessage,
  updatesSubject,
} from '@overseer/shared';

/** How far back a step looks for its last sample. */
export const LOOKBACK_MS = 5000;

type Request = Readonly<Record<string, unknown>>;

interface TestSeries {
  readonly db: string;
  readonly measurement: string;
  readonly labels: Labels;
  /** Values by time. */
  readonly samples: Map<number, number>;
}

/**
 * Store and processor for tests of the frontend alone: real answers over a real bus, of samples in memory. It understands one kind of
 * expression, a metric's name, and does as it is told about errors.
 */
export class TestStore {
  /** Every question, as it came. */
  readonly questions: { readonly kind: string; readonly request: Request }[] = [];
  /** What to answer to questions of a kind instead. */
  readonly failures = new Map<string, AnswerError>();
  /** With every answer from samples. */
  warnings: readonly string[] = [];
  /** Of which times it tells that samples matter, with every such answer; what it evaluates stays the same. */
  reach: Pick<QueryEnd, 'reachMs' | 'aheadMs' | 'isOfWholeRange'> = { reachMs: LOOKBACK_MS };
  /** What to answer to questions that need no samples. */
  readonly answers = new Map<string, { parts: object[]; end?: Partial<QueryEnd> }>();
  /** Stores of older releases pass over the field. */
  knowsPixels = true;
  /** Awaited before every answer. */
  gate: Promise<void> = Promise.resolve();
  /** Questions whose asker went away. */
  canceled = 0;
  readonly #bus: Bus;
  readonly #series: TestSeries[] = [];
  #stopAnswering: (() => void) | undefined;
  #source = 'source-0';
  #epoch = 1;
  #number = 0;

  private constructor(bus: Bus) {
    this.#bus = bus;
  }

  static async connect(url: string): Promise<TestStore> {
    const log = createLogger('test-store');
    log.level = 'fatal';
    const store = new TestStore(await connectBus({ url, name: 'test-store', log }));
    await store.answerAgain();
    return store;
  }

  /** Questions of `query.range` about an expression. */
  evaluations(expr: string): Request[] {
    return this.questions
      .filter(({ kind, request }) => kind === 'range' && request.expr === expr)
      .map(({ request }) => request);
  }

  /** Stores a sample, without a word to anybody. */
  store(db: string, measurement: string, tags: Labels, timeMs: number, value: number): void {
    const labels = { __name__: metricName(measurement, 'value'), ...tags };
    const text = JSON.stringify(labels);
    let series = this.#series.find((one) => one.db === db && JSON.stringify(one.labels) === text);
    if (!series) {
      series = { db, measurement, labels, samples: new Map() };
      this.#series.push(series);
    }
    series.samples.set(timeMs, value);
  }

  /** Stores a sample, and tells of it as the processor does. */
  async write(
    db: string,
    measurement: string,
    tags: Labels,
    timeMs: number,
    value: number,
  ): Promise<void> {
    this.store(db, measurement, tags, timeMs, value);
    await this.tell({ db, measurement, fromMs: timeMs, toMs: timeMs });
  }

  async tell(
    update: Partial<UpdateMessage> & Pick<Update, 'db' | 'measurement' | 'fromMs' | 'toMs'>,
  ): Promise<void> {
    const message = {
      kind: 'update',
      ranges: [[update.fromMs, update.toMs]],
      rows: 1,
      lateRows: 0,
      seriesMin: 1,
      seriesMax: 1,
      seriesNew: 0,
      fieldsNew: false,
      deleted: false,
      committedAtMs: Date.now(),
      epoch: this.#epoch,
      source: this.#source,
      number: update.number ?? this.#number++,
      ...update,
    } as const;
    this.#bus.send(updatesSubject(update.db, update.measurement), encodeUpdate(message));
    await this.#bus.flush();
  }

  /** An update that nobody hears. */
  loseUpdate(): void {
    this.#number++;
  }

  /** The processor was started anew, or another one tells from now on. */
  async restartProcessor(): Promise<void> {
    this.#epoch++;
    this.#source = crypto.randomUUID();
    this.#number = 0;
    await this.tellReset({ source: this.#source, number: this.#number++, epoch: this.#epoch });
  }

  async tellReset(from: Pick<UpdateMessage, 'epoch' | 'source' | 'number'>): Promise<void> {
    this.#bus.send(UPDATES_RESET_SUBJECT, encodeUpdate({ kind: 'reset', ...from }));
    await this.#bus.flush();
  }

  /** Nobody answers any more. */
  async goAway(): Promise<void> {
    this.#stopAnswering?.();
    this.#stopAnswering = undefined;
    await this.#bus.flush();
  }

  async answerAgain(): Promise<void> {
    const options = { openMax: 100, log: createLogger('test-store') };
    const stops = [
      serveAnswers(this.#bus, querySubject('*'), { ...options, queue: QUERY_QUEUE }, this.#answer),
      serveAnswers(
        this.#bus,
        CATALOGUE_SUBJECT,
        { ...options, queue: PROCESSOR_QUEUE },
        this.#answer,
      ),
    ];
    this.#stopAnswering = () => {
      for (const stop of stops) stop();
    };
    await this.#bus.flush();
  }

  async close(): Promise<void> {
    this.#stopAnswering?.();
    await this.#bus.close();
  }

  readonly #answer: AnswerHandler = async (request, answer, subject) => {
    const kind = subject.replace('query.', '');
    this.questions.push({ kind, request });
    answer.signal.addEventListener('abort', () => this.canceled++);
    const aborted = new Promise<never>((_, reject) => {
      answer.signal.addEventListener('abort', () => reject(answer.signal.reason));
    });
    await Promise.race([this.gate, aborted]);
    const failure = this.failures.get(kind);
    if (failure) throw failure;
    if (kind === 'range') return await this.#evaluate(request, (part) => answer.send(part));
    const prepared = this.answers.get(kind);
    if (!prepared) throw new AnswerError('internal', `the test says nothing about ${kind}`);
    for (const part of prepared.parts) await answer.send(part);
    return endOf(prepared.end);
  };

  async #evaluate(
    { db, expr, startMs, endMs, stepMs, pixels }: Request,
    send: (part: object) => Promise<void>,
  ): Promise<object> {
    // Times are too long for 32 bits, and come as bigint.
    const grid = { startMs: Number(startMs), stepMs: Number(stepMs) };
    const count = Math.floor((Number(endMs) - grid.startMs) / grid.stepMs) + 1;
    const found = this.#series.filter((one) => one.db === db && one.labels.__name__ === expr);
    // One series a part, in no good order.
    for (const series of found.toReversed()) {
      const column = columnOf(series, grid.startMs, grid.stepMs, count);
      if (this.knowsPixels && pixels !== undefined && count > 2 * Number(pixels)) {
        const spans = {
          count: Number(pixels),
          lengthMs: (Number(endMs) - grid.startMs) / Number(pixels),
        };
        const reduced = extremesOf(column, grid.stepMs, spans);
        await send({
          kind: 'matrix',
          startMs,
          stepMs: spans.lengthMs / 2,
          count: 2 * spans.count,
          series: [reduced],
        });
      } else await send({ kind: 'matrix', ...grid, count, series: [column] });
    }
    const { warnings } = this;
    const measurements = [expr as string];
    return endOf({ resultType: 'matrix', warnings, measurements, ...this.reach });
  }
}

function columnOf(
  series: TestSeries,
  startMs: number,
  stepMs: number,
  count: number,
): MatrixSeries {
  const values = new Float64Array(count).fill(Number.NaN);
  const present = new Uint8Array(Math.ceil(count / 8));
  const times = [...series.samples.keys()].sort((a, b) => a - b);
  for (let step = 0; step < count; step++) {
    const stepTimeMs = startMs + step * stepMs;
    const last = times.findLast((time) => time <= stepTimeMs && time > stepTimeMs - LOOKBACK_MS);
    if (last === undefined) continue;
    values[step] = series.samples.get(last) as number;
    present[step >> 3] = (present[step >> 3] as number) | (1 << (step & 7));
  }
  return { labels: series.labels, values: float64Bin(values), present };
}

/** Two values a span: the least and the greatest, in the order in which they came. */
function extremesOf(
  { labels, values, present }: MatrixSeries,
  stepMs: number,
  spans: { readonly count: number; readonly lengthMs: number },
): MatrixSeries {
  const reduced = new Float64Array(2 * spans.count);
  const bits = new Uint8Array(Math.ceil(reduced.length / 8));
  const found = Array.from({ length: spans.count }, (): number[] => []);
  for (const [step, value] of float64s(values).entries()) {
    const span = Math.min(Math.floor((step * stepMs) / spans.lengthMs + 1e-6), spans.count - 1);
    if (isPresent(present, step)) found[span]?.push(value);
  }
  for (const [span, all] of found.entries()) {
    if (all.length === 0) continue;
    const [least, greatest] = [Math.min(...all), Math.max(...all)];
    const isRising = all.indexOf(least) <= all.indexOf(greatest);
    reduced.set(isRising ? [least, greatest] : [greatest, least], 2 * span);
    bits[span >> 2] = (bits[span >> 2] as number) | (0b11 << ((2 * span) & 7));
  }
  return { labels, values: float64Bin(reduced), present: bits };
}

function endOf(end: Partial<QueryEnd> = {}): QueryEnd {
  const stats = { series: 1, samples: 2, bytes: 3, seconds: 0.25 };
  return { kind: 'end', warnings: [], stats, ...end };
}
