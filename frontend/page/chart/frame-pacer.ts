/** Drawing takes a third of the time at the most: the rest is for the pointer and the keys. */
const REST_PER_DRAW = 2;
/** Draws that are on the screen so soon cost nobody anything: two frames or three. */
const CHEAP_DRAW_MS = 50;
/** What seems to have taken longer was not drawing: the tab was hidden before the next frame, or the machine slept. */
const DRAW_MAX_MS = 2000;

/** When charts may draw again: of all that are on one page, for each alone would begin while another one rests. */
export class DrawingRest {
  untilMs = 0;
}

const PAGE_REST = new DrawingRest();

/** Draws when asked to, but at most once an animation frame, less often when it takes long, and not at all while nobody can see it. */
export class FramePacer {
  #frame: number | undefined;

  constructor(
    private readonly draw: () => void,
    private readonly rest = PAGE_REST,
  ) {}

  /** Soon; any number of requests make one draw. */
  request(): void {
    // In a hidden tab the browser keeps the frame until it is shown again.
    this.#frame ??= requestAnimationFrame(() => this.#onFrame());
  }

  cancel(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #onFrame(): void {
    this.#frame = undefined;
    const startedAt = performance.now();
    if (startedAt < this.rest.untilMs) {
      this.request();
      return;
    }
    this.draw();
    // A canvas only notes what is to be drawn; the frame after tells how long the browser took over it.
    requestAnimationFrame(() => {
      const drawnAt = performance.now();
      const tookMs = Math.min(drawnAt - startedAt, DRAW_MAX_MS);
      if (tookMs <= CHEAP_DRAW_MS) return;
      this.rest.untilMs = Math.max(this.rest.untilMs, drawnAt + tookMs * REST_PER_DRAW);
    });
  }
}
