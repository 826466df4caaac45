import type { WindowAggregate } from '../promql/series-source.ts';
import type { GroupedSamples } from './sample-columns.ts';

/**
 * With so many samples a window PostgreSQL aggregates them for no more than reading them costs, also where all cores are taken. How many times
 * as long as the windows the samples took (`windows.bench.ts`), 1,000 series on two cores: idle, 360 a window 1.9, 6 a window 1.2, 2 a
 * window 0.7, 1 a window 0.5; where eight others wanted the cores, 2,160 a window 1.8, 360 a window 1.0 to 1.4, 60 a window 1.1 to 1.2, 20
 * a window 1.0 to 1.2, 6 a window 0.8. Of few series it makes no difference.
 */
const WINDOW_SAMPLES_MIN = 20;
/** Of a measurement that nothing was read of yet: what agents send most often. */
const ASSUMED_INTERVAL_MS = 10_000;
/** Windows that were in doubt are asked for again after so long: until then each question would be answered twice. */
const DOUBT_MS = 10 * 60_000;
/** Measurements that are remembered; those learned first are forgotten first. */
const MEASUREMENTS_MAX = 10_000;

interface Experience {
  /** Between two samples of a series. */
  intervalMs: number;
  /** When windows of an aggregate were in doubt last. */
  readonly doubtfulAtMs: Map<WindowAggregate, number>;
}

/** Whether PostgreSQL is asked for windows or for samples, by what was read of each measurement before. */
export class WindowChoice {
  readonly #experiences = new Map<number, Experience>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Whether windows of a measurement are cheaper had from PostgreSQL. */
  isWorthwhile(tableId: number, aggregate: WindowAggregate, rangeMs: number): boolean {
    const experience = this.#experiences.get(tableId);
    const intervalMs = experience?.intervalMs ?? ASSUMED_INTERVAL_MS;
    if (rangeMs < WINDOW_SAMPLES_MIN * intervalMs) return false;
    const doubtfulAtMs = experience?.doubtfulAtMs.get(aggregate);
    return doubtfulAtMs === undefined || this.nowMs() - doubtfulAtMs >= DOUBT_MS;
  }

  /** Samples of a measurement were read. */
  learnSamples(tableId: number, { offsets, times }: GroupedSamples): void {
    let spanMs = 0;
    let steps = 0;
    for (let i = 0; i + 1 < offsets.length; i++) {
      const from = offsets[i] as number;
      const last = (offsets[i + 1] as number) - 1;
      if (last <= from) continue;
      spanMs += Math.abs((times[last] as number) - (times[from] as number));
      steps += last - from;
    }
    if (steps > 0) this.#of(tableId).intervalMs = spanMs / steps;
  }

  /** So many windows of a measurement had so many rows. */
  learnWindows(tableId: number, rangeMs: number, windowCount: number, rowCount: number): void {
    if (rowCount > 0) this.#of(tableId).intervalMs = (rangeMs * windowCount) / rowCount;
  }

  learnDoubt(tableId: number, aggregate: WindowAggregate): void {
    this.#of(tableId).doubtfulAtMs.set(aggregate, this.nowMs());
  }

  #of(tableId: number): Experience {
    let experience = this.#experiences.get(tableId);
    if (!experience) {
      experience = { intervalMs: ASSUMED_INTERVAL_MS, doubtfulAtMs: new Map() };
      this.#experiences.set(tableId, experience);
      const [first] = this.#experiences.keys();
      if (this.#experiences.size > MEASUREMENTS_MAX && first !== undefined) {
        this.#experiences.delete(first);
      }
    }
    return experience;
  }
}
