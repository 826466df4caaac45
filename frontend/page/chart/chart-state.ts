import { computed, signal } from '@preact/signals';
import type { Place } from './nearest.ts';

/** What the user does with the chart; it outlives every update of the data. */
export class ChartState {
  /** Where the pointer or the keys are. */
  readonly pointed = signal<Place | undefined>(undefined);
  /** Where the tooltip was pinned. */
  readonly pinned = signal<Place | undefined>(undefined);
  /** Where the tooltip is. */
  readonly place = computed(() => this.pinned.value ?? this.pointed.value);
  /** Grows with every draw: what depends on where things are on the canvas follows it. */
  readonly drawCount = signal(0);
  /** Values of the last draw that have no place on a logarithmic scale. */
  readonly leftOutCount = signal(0);

  /** Takes the tooltip there, pinned or not as it is. */
  moveTo(place: Place): void {
    if (this.pinned.peek()) this.pinned.value = place;
    else this.pointed.value = place;
  }

  /** Pins the tooltip there, or frees it when it was pinned. */
  togglePin(place: Place): void {
    this.pinned.value = this.pinned.value ? undefined : place;
    this.pointed.value = place;
  }

  /** By a finger, which points at nothing while it is up: the tooltip stays where it was put, and goes with a tap on it. @param reachMs how near that is */
  tap(place: Place, reachMs: number): void {
    const pinned = this.pinned.peek();
    const isSame = pinned !== undefined && Math.abs(pinned.timeMs - place.timeMs) <= reachMs;
    this.pinned.value = isSame ? undefined : place;
    this.pointed.value = undefined;
  }

  leave(): void {
    this.pinned.value = undefined;
    this.pointed.value = undefined;
  }
}
