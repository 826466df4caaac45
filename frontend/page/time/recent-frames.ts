import { type ReadonlySignal, signal } from '@preact/signals';
import {
  formatFrame,
  isSameFrame,
  PRESETS,
  parseFrame,
  type TimeFrame,
} from '../../model/time-frame.ts';
import { keep, readKept } from '../kept-locally.ts';

const STORAGE_KEY = 'overseer-recent-ranges';
export const RECENT_FRAMES_MAX = 5;

/** Frames that were written by hand lately, the last one first. */
export class RecentFrames {
  readonly #frames = signal(parseFrames(readKept(STORAGE_KEY) ?? ''));

  get frames(): ReadonlySignal<readonly TimeFrame[]> {
    return this.#frames;
  }

  add(frame: TimeFrame): void {
    if (PRESETS.some((preset) => isSameFrame(preset, frame))) return;
    const others = this.#frames.peek().filter((other) => !isSameFrame(other, frame));
    this.#frames.value = [frame, ...others].slice(0, RECENT_FRAMES_MAX);
    keep(STORAGE_KEY, this.#frames.peek().map(formatFrame).join(' '));
  }
}

function parseFrames(text: string): readonly TimeFrame[] {
  const frames = text.split(' ').flatMap((written) => parseFrame(written) ?? []);
  return frames.slice(0, RECENT_FRAMES_MAX);
}
