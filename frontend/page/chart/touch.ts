/** A stretch of the chart: pixels from its left edge. */
export interface Stretch {
  readonly left: number;
  readonly width: number;
}

export interface TouchEvents {
  /** What one finger has gone over so far; undefined: it was no drag after all. */
  readonly onSelecting: (stretch: Stretch | undefined) => void;
  readonly onSelected: (stretch: Stretch) => void;
  /** What lies below two fingers is to stay there: this stretch of what was shown would fill the chart now. */
  readonly onMoving: (stretch: Stretch) => void;
  readonly onMoved: (stretch: Stretch) => void;
}

/** Less is a tap, which browsers tell by a click. */
const DRAG_MIN_PX = 8;
/** Fingers that are closer at the beginning or the end move the chart, and don't stretch it. */
const PINCH_MIN_PX = 40;
/** Nobody moves two fingers quite alike. */
const PINCH_CHANGE_MIN_PX = 16;

interface Finger {
  readonly startX: number;
  x: number;
}

/** One finger selects, as a mouse does; two move the chart and stretch it. Up and down is the browser's: it scrolls. */
export class Touches {
  readonly #fingers = new Map<number, Finger>();
  #kind: 'none' | 'selecting' | 'moving' = 'none';

  constructor(
    private readonly element: HTMLElement,
    private readonly events: TouchEvents,
  ) {
    const listen = (name: string, listener: (event: PointerEvent) => void) =>
      element.addEventListener(name, (event) => {
        if (event instanceof PointerEvent && event.pointerType === 'touch') listener(event);
      });
    listen('pointerdown', (event) => this.#begin(event));
    listen('pointermove', (event) => this.#move(event));
    listen('pointerup', (event) => this.#end(event.pointerId, true));
    listen('pointercancel', (event) => this.#end(event.pointerId, false));
  }

  #begin({ pointerId, clientX }: PointerEvent): void {
    if (this.#fingers.size === 2) return;
    if (this.#kind === 'selecting') this.events.onSelecting(undefined);
    const x = clientX - this.element.getBoundingClientRect().left;
    this.#fingers.set(pointerId, { startX: x, x });
    this.#kind = this.#fingers.size === 2 ? 'moving' : 'none';
  }

  #move({ pointerId, clientX }: PointerEvent): void {
    const finger = this.#fingers.get(pointerId);
    if (!finger) return;
    finger.x = clientX - this.element.getBoundingClientRect().left;
    if (this.#kind === 'moving') this.events.onMoving(this.#movedStretch());
    else {
      const isDrag = Math.abs(finger.x - finger.startX) >= DRAG_MIN_PX;
      if (isDrag) this.#kind = 'selecting';
      if (this.#kind === 'selecting') this.events.onSelecting(this.#selected(finger));
    }
  }

  #end(pointerId: number, isMeant: boolean): void {
    const finger = this.#fingers.get(pointerId);
    if (!finger) return;
    if (this.#kind === 'moving') this.events.onMoved(this.#movedStretch());
    if (this.#kind === 'selecting') {
      if (isMeant) this.events.onSelected(this.#selected(finger));
      else this.events.onSelecting(undefined);
    }
    // The other finger of two has done its part.
    this.#fingers.clear();
    this.#kind = 'none';
  }

  #selected({ startX, x }: Finger): Stretch {
    const inside = (place: number) => Math.max(0, Math.min(this.element.clientWidth, place));
    const [left, right] = [inside(Math.min(startX, x)), inside(Math.max(startX, x))];
    return { left, width: right - left };
  }

  #movedStretch(): Stretch {
    const [one, other] = [...this.#fingers.values()];
    const width = this.element.clientWidth;
    return one && other ? stretchBelow(one, other, width) : { left: 0, width };
  }
}

/** What fills a chart when what two fingers touched first is where they are now. */
export function stretchBelow(one: Finger, other: Finger, width: number): Stretch {
  const distance = Math.abs(other.startX - one.startX);
  const now = Math.abs(other.x - one.x);
  const isPinch =
    Math.min(distance, now) >= PINCH_MIN_PX && Math.abs(now - distance) >= PINCH_CHANGE_MIN_PX;
  const scale = isPinch ? distance / now : 1;
  const startMiddle = (one.startX + other.startX) / 2;
  const middle = (one.x + other.x) / 2;
  return { left: startMiddle - middle * scale, width: width * scale };
}
