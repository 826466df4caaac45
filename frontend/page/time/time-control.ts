import { computed, type ReadonlySignal } from '@preact/signals';
import { type FixedFrame, isSameFrame, lengthOf, type TimeFrame } from '../../model/time-frame.ts';
import { type View, ZOOMS_MAX } from '../address.ts';

/** The shortest stretch of time that there is something to see in. */
const FRAME_MIN_MS = 1000;

export interface TimeControlParts {
  readonly view: ReadonlySignal<View>;
  /** Takes the view on, as a step that "back" leads back from. */
  readonly go: (change: Partial<View>) => void;
  /** The server's time: milliseconds since 1970. */
  readonly nowMs: ReadonlySignal<number>;
}

/** The time that all panels show: a frame that was chosen, and the way into it, step by step. */
export class TimeControl {
  readonly #parts: TimeControlParts;

  constructor(parts: TimeControlParts) {
    this.#parts = parts;
  }

  /** What was chosen. */
  readonly frame = computed((): TimeFrame => this.#parts.view.value.frame);

  /** From the first zoom to the one that is shown. */
  readonly zooms = computed((): readonly FixedFrame[] => this.#parts.view.value.zooms);

  /** What is shown. */
  readonly shown = computed((): TimeFrame => this.zooms.value.at(-1) ?? this.frame.value);

  /** Another frame; nothing is left of the zooms. */
  show(frame: TimeFrame): void {
    this.#parts.go({ frame, zooms: [] });
  }

  /** Goes into a part of what is shown. */
  zoomTo(fromMs: number, toMs: number): void {
    const zoom = fixedFrame(fromMs, toMs);
    const { zooms } = this.#parts.view.peek();
    if (isSameFrame(zoom, this.shown.peek())) return;
    // The last one is replaced when there are too many: the way back stays.
    this.#parts.go({ zooms: [...zooms.slice(0, ZOOMS_MAX - 1), zoom] });
  }

  /** Goes back out. @param depth zooms that stay; 0: none */
  zoomOut(depth = this.zooms.peek().length - 1): void {
    const zooms = this.zooms.peek();
    if (depth >= 0 && depth < zooms.length) this.#parts.go({ zooms: zooms.slice(0, depth) });
  }

  /** Moves what is shown through time. @param share of its length; negative: into the past */
  pan(share: number): void {
    const { fromMs, toMs } = this.bounds(this.#parts.nowMs.peek());
    const byMs = Math.round((share * (toMs - fromMs)) / FRAME_MIN_MS) * FRAME_MIN_MS;
    const moved = fixedFrame(fromMs + byMs, toMs + byMs);
    const zooms = this.zooms.peek();
    if (zooms.length > 0) this.#parts.go({ zooms: [...zooms.slice(0, -1), moved] });
    else this.#parts.go({ frame: moved });
  }

  /** Where what is shown begins and ends at that time. */
  bounds(nowMs: number): { readonly fromMs: number; readonly toMs: number } {
    const shown = this.shown.peek();
    if (shown.kind === 'fixed') return shown;
    const toMs = Math.ceil(nowMs / FRAME_MIN_MS) * FRAME_MIN_MS;
    return { fromMs: toMs - lengthOf(shown), toMs };
  }
}

/** In whole seconds: uPlot's ticks are one too early when an edge lies between two milliseconds, and addresses stay short. */
function fixedFrame(fromMs: number, toMs: number): FixedFrame {
  const whole = (timeMs: number) => Math.round(timeMs / FRAME_MIN_MS) * FRAME_MIN_MS;
  const from = whole(fromMs);
  return { kind: 'fixed', fromMs: from, toMs: Math.max(from + FRAME_MIN_MS, whole(toMs)) };
}
