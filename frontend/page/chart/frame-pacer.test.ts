import { afterEach, beforeEach, expect, spyOn, test } from 'bun:test';
import { DrawingRest, FramePacer } from './frame-pacer.ts';

/** A browser's frames, drawn when told to. */
class Frames {
  nowMs = 1000;
  #requested = new Map<number, () => void>();
  #nextId = 1;

  readonly request = (callback: () => void): number => {
    this.#requested.set(this.#nextId, callback);
    return this.#nextId++;
  };

  readonly cancel = (id: number): void => {
    this.#requested.delete(id);
  };

  /** The next frame, so many milliseconds later. */
  pass(elapsedMs: number): void {
    this.nowMs += elapsedMs;
    const due = [...this.#requested.values()];
    this.#requested.clear();
    for (const callback of due) callback();
  }
}

let frames: Frames;
let draws: number;
let rest: DrawingRest;
let pacer: FramePacer;
let clock: ReturnType<typeof spyOn>;

beforeEach(() => {
  frames = new Frames();
  Object.assign(globalThis, {
    requestAnimationFrame: frames.request,
    cancelAnimationFrame: frames.cancel,
  });
  clock = spyOn(performance, 'now').mockImplementation(() => frames.nowMs);
  draws = 0;
  rest = new DrawingRest();
  pacer = new FramePacer(() => draws++, rest);
});

afterEach(() => {
  clock.mockRestore();
  Reflect.deleteProperty(globalThis, 'requestAnimationFrame');
  Reflect.deleteProperty(globalThis, 'cancelAnimationFrame');
});

test('a frame pacer - any number of requests make one draw a frame', () => {
  pacer.request();
  pacer.request();
  frames.pass(16);
  expect(draws).toBe(1);
  pacer.request();
  frames.pass(16);
  expect(draws).toBe(2);
  frames.pass(16);
  expect(draws).toBe(2);
});

test('a frame pacer - a draw that takes long is followed by a rest twice as long', () => {
  pacer.request();
  frames.pass(16);
  pacer.request();
  frames.pass(300);
  frames.pass(500);
  expect(draws).toBe(1);
  frames.pass(200);
  expect(draws).toBe(2);
});

test('a frame pacer - rests after the long draw of another chart of the page', () => {
  const other = new FramePacer(() => draws++, rest);
  other.request();
  frames.pass(16);
  frames.pass(300);
  pacer.request();
  frames.pass(500);
  expect(draws).toBe(1);
  frames.pass(200);
  expect(draws).toBe(2);
});

test('a frame pacer - a tab that was hidden right after a draw is drawn again soon after it is shown', () => {
  pacer.request();
  frames.pass(16);
  pacer.request();
  // An hour without frames.
  frames.pass(3_600_000);
  frames.pass(5000);
  expect(draws).toBe(2);
});

test('a frame pacer - what is cancelled is not drawn', () => {
  pacer.request();
  pacer.cancel();
  frames.pass(16);
  expect(draws).toBe(0);
});
