import type { Counter, Meter } from '@overseer/shared';
import type {
  AdministrationGauges,
  AdministrationOutcome,
} from '../administration/thread-messages.ts';

const NOTHING_YET: AdministrationGauges = {
  running: { export: 0, count: 0, status: 0 },
  connectionsBusy: 0,
};

/** What the administration thread tells of itself at the store's /metrics. */
export class AdministrationMetrics {
  gauges = NOTHING_YET;
  readonly #meter: Meter;
  readonly #questions: Counter<'kind' | 'outcome'>;
  readonly #passes: Counter;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#questions = meter.counter(
      'administration_questions_total',
      'Questions of operators that only read, by kind and by outcome: ok, or the kind of error',
      ['kind', 'outcome'],
    );
    this.#passes = meter.counter(
      'export_passes_total',
      'Passes over the time partitions of a measurement by exports: more than one where its series have too many tags to be held',
    );
    meter.observedGauges(
      'administration_questions_running',
      'Questions of operators being answered that only read, by kind',
      'kind',
      () => Object.entries(this.gauges.running),
    );
  }

  /** @param limits by kind: how many are answered at once */
  showLimits(limits: Readonly<Record<string, number>>): void {
    this.#meter.observedGauges(
      'administration_questions_running_max',
      'Limit of overseer_store_administration_questions_running',
      'kind',
      () => Object.entries(limits),
    );
  }

  answered({ kind, outcome }: AdministrationOutcome): void {
    this.#questions.inc({ kind, outcome });
  }

  /** An export begins a pass. */
  passed(): void {
    this.#passes.inc();
  }
}
