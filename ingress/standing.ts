import type { Ingress } from './ingress.ts';
import type { ReadinessReport } from './readiness.ts';

/** The metrics as Prometheus reads them. */
export interface MetricsText {
  readonly text: string;
  readonly contentType: string;
}

/** How all of an ingress stands, be it one process or several: what its probes tell. */
export interface Standing {
  readiness(): Promise<ReadinessReport>;
  metrics(): Promise<MetricsText>;
}

/** Of an ingress that is one process. */
export class OwnStanding implements Standing {
  readonly #ingress: Ingress;

  constructor(ingress: Ingress) {
    this.#ingress = ingress;
  }

  readiness(): Promise<ReadinessReport> {
    return Promise.resolve(this.#ingress.readiness.report);
  }

  async metrics(): Promise<MetricsText> {
    const { registry } = this.#ingress.metrics;
    return { text: await registry.metrics(), contentType: registry.contentType };
  }
}
