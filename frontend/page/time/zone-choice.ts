import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { View } from '../address.ts';
import { keep, readKept } from '../kept-locally.ts';
import { BROWSER_TIME_ZONE, parseTimeZone, timeZone } from './time-zone.ts';

const STORAGE_KEY = 'overseer-time-zone';

/** The zone that the user wants times in: what the address says, or what was chosen last; otherwise the browser's. */
export class ZoneChoice {
  readonly #kept = signal(parseTimeZone(readKept(STORAGE_KEY) ?? '') ?? '');
  readonly zone: ReadonlySignal<string>;

  /** @param refine tells the address */
  constructor(
    view: ReadonlySignal<View>,
    private readonly refine: (change: Partial<View>) => void,
  ) {
    this.zone = computed(() => view.value.timeZone || this.#kept.value || BROWSER_TIME_ZONE);
    // Whoever gets the link is to see the same times.
    if (view.peek().timeZone === '' && this.#kept.peek() !== '') {
      refine({ timeZone: this.#kept.peek() });
    }
    effect(() => {
      timeZone.value = this.zone.value;
    });
  }

  /** @param zone a name that `parseTimeZone` gave */
  choose(zone: string): void {
    this.#kept.value = zone === BROWSER_TIME_ZONE ? '' : zone;
    keep(STORAGE_KEY, this.#kept.peek() || null);
    this.refine({ timeZone: this.#kept.peek() });
  }
}
