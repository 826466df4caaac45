import { signal } from '@preact/signals';

/** The time that is pointed at in one panel of the page, and that the charts of all others show, too. */
export class SharedCursor {
  readonly #pointed = signal<{ readonly panel: object; readonly timeMs: number } | undefined>(
    undefined,
  );

  /** @param timeMs where the pointer or the keys are in that panel; undefined: no longer there */
  point(panel: object, timeMs: number | undefined): void {
    if (timeMs !== undefined) this.#pointed.value = { panel, timeMs };
    else if (this.#pointed.peek()?.panel === panel) this.#pointed.value = undefined;
  }

  /** The time for that panel to show; undefined: nobody points, or it is pointed at itself. */
  timeFor(panel: object): number | undefined {
    const pointed = this.#pointed.value;
    return pointed?.panel === panel ? undefined : pointed?.timeMs;
  }
}
