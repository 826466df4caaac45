/** One value that a service tells of at /metrics. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a service told at /metrics at one moment. */
export class Samples {
  /** Of all metrics, also of those that have no value yet. */
  readonly names: ReadonlySet<string>;
  readonly #samples: readonly Sample[];

  /** @param text in Prometheus' text format, or OpenMetrics' */
  constructor(text: string) {
    const lines = text.split('\n');
    this.names = new Set(
      lines.flatMap((line) => /^# TYPE (?<name>\S+) /.exec(line)?.groups?.name ?? []),
    );
    this.#samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map(readSample);
  }

  /** @param url of the service; @throws when it does not tell its metrics */
  static async of(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Samples> {
    // A connection of its own: among workers it finds any.
    const response = await fetch(`${url}/metrics`, {
      headers: { connection: 'close', ...headers },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url}/metrics answers ${response.status}: ${text}`);
    return new Samples(text);
  }

  /** All values of a name. */
  all(name: string): Sample[] {
    return this.#samples.filter((sample) => sample.name === name);
  }

  /** The sum of the values that have these labels, and maybe others; undefined when there are none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const values = this.all(name)
      .filter((sample) => hasAll(sample.labels, labels))
      .map(({ value }) => value);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value);
  }

  /** The same of what must be there. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const value = this.sum(name, labels);
    if (value !== undefined) return value;
    throw new Error(`there is no ${name}${JSON.stringify(labels)} at /metrics`);
  }
}

function hasAll(
  labels: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}

function readSample(line: string): Sample {
  const match = /^(?<name>[\w:]+)(?:\{(?<labels>.*)\})? (?<value>\S+)/.exec(line);
  const { name, labels = '', value } = match?.groups ?? {};
  if (name === undefined || value === undefined) throw new Error(`no sample: ${line}`);
  const pairs = labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
  return {
    name,
    labels: Object.fromEntries(Array.from(pairs, ([, label, text]) => [label, text])),
    value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value),
  };
}
