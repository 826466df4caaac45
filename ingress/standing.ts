import type { MetricsJson } from '@overseer/shared';
import type { Ingress } from './ingress.ts';
import type { ReadinessReport } from './readiness.ts';

/** How all of an ingress stands, be it one process or several: what its probes tell. */
export interface Standing {
  readiness(): Promise<ReadinessReport>;
  /** Of each process. */
  metrics(): Promise<readonly MetricsJson[]>;
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

  async metrics(): Promise<readonly MetricsJson[]> {
    return [await this.#ingress.metrics.registry.getMetricsAsJSON()];
  }
}
