import { computed, type ReadonlySignal, signal } from '@preact/signals';

/** More, nobody takes back. */
export const UNDO_STEPS_MAX = 100;

interface Steps<Value> {
  readonly past: readonly Value[];
  readonly now: Value;
  readonly future: readonly Value[];
}

/** A value while it is edited: what it was can be brought back, step by step. */
export class EditHistory<Value> {
  readonly #steps;
  readonly now: ReadonlySignal<Value>;
  readonly canUndo: ReadonlySignal<boolean>;
  readonly canRedo: ReadonlySignal<boolean>;

  constructor(value: Value) {
    this.#steps = signal<Steps<Value>>({ past: [], now: value, future: [] });
    this.now = computed(() => this.#steps.value.now);
    this.canUndo = computed(() => this.#steps.value.past.length > 0);
    this.canRedo = computed(() => this.#steps.value.future.length > 0);
  }

  change(value: Value): void {
    const { past, now } = this.#steps.peek();
    if (JSON.stringify(now) === JSON.stringify(value)) return;
    const kept = [...past, now].slice(-UNDO_STEPS_MAX);
    this.#steps.value = { past: kept, now: value, future: [] };
  }

  undo(): void {
    const { past, now, future } = this.#steps.peek();
    const before = past.at(-1);
    if (before === undefined) return;
    this.#steps.value = { past: past.slice(0, -1), now: before, future: [now, ...future] };
  }

  redo(): void {
    const { past, now, future } = this.#steps.peek();
    const [next, ...later] = future;
    if (next === undefined) return;
    this.#steps.value = { past: [...past, now], now: next, future: later };
  }

  /** Brings something into every step, so that undoing does not take it away. */
  rebase(bring: (value: Value) => Value): void {
    const { past, now, future } = this.#steps.peek();
    this.#steps.value = { past: past.map(bring), now: bring(now), future: future.map(bring) };
  }
}
