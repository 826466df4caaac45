import { Counter, Gauge, Histogram, type Metrics } from './metrics.ts';

/** Some values of a metric, by its one label. */
export type LabelledValues = Iterable<readonly [label: string, value: number]>;

/**
 * Makes the metrics of a part of a service, whose names begin alike. Names are Prometheus': base units, `_total` for what only grows,
 * `_max` for the limit that another one runs up to; helps are half a sentence that begins with a capital and has no full stop.
 */
export class Meter {
  readonly #registers: Metrics[];
  readonly #prefix: string;

  /** @param prefix of all names, such as `overseer_store_` */
  constructor(registry: Metrics, prefix: string) {
    this.#registers = [registry];
    this.#prefix = prefix;
  }

  counter<T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> {
    return new Counter({ ...this.#named(name, help), labelNames });
  }

  /**
   * One that has a single label whose values are all known: each is there from the start, with 0, so that the first time that it rises
   * is seen as a rise.
   */
  counterOf<T extends string>(
    name: string,
    help: string,
    label: T,
    values: readonly string[],
  ): Counter<T> {
    const counter = this.counter(name, help, [label]);
    for (const value of values) counter.inc({ [label]: value } as Record<T, string>, 0);
    return counter;
  }

  /** @param read how often it has happened, asked whenever the metrics are read */
  observedCounter(name: string, help: string, read: () => number): void {
    new Counter({
      ...this.#named(name, help),
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  gauge<T extends string>(name: string, help: string, labelNames: T[] = []): Gauge<T> {
    return new Gauge({ ...this.#named(name, help), labelNames });
  }

  /** @param read asked whenever the metrics are read; undefined: there is no value at the moment */
  observedGauge(name: string, help: string, read: () => number | undefined): void {
    new Gauge({
      ...this.#named(name, help),
      collect() {
        const value = read();
        if (value === undefined) this.remove();
        else this.set(value);
      },
    });
  }

  /** @param read asked whenever the metrics are read; what is not among the values is no more */
  observedGauges(
    name: string,
    help: string,
    label: string,
    read: () => LabelledValues | Promise<LabelledValues>,
  ): void {
    new Gauge({
      ...this.#named(name, help),
      labelNames: [label],
      async collect() {
        const values = await read();
        this.reset();
        for (const [of, value] of values) this.set({ [label]: of }, value);
      },
    });
  }

  /** The limit of a gauge, which an alert divides it by; none where it is infinite. */
  limit(name: string, max: number): void {
    if (!Number.isFinite(max)) return;
    this.gauge(`${name}_max`, `Limit of ${this.#prefix}${name}`).set(max);
  }

  histogram<T extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: T[] = [],
  ): Histogram<T> {
    return new Histogram({ ...this.#named(name, help), buckets, labelNames });
  }

  #named(name: string, help: string) {
    return { name: `${this.#prefix}${name}`, help, registers: this.#registers };
  }
}
