import { effect } from '@preact/signals';

/** Resolves as soon as a condition on signals holds; how long that may take, the test's timeout says. */
export function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let stop: (() => void) | undefined;
    let isOver = false;
    stop = effect(() => {
      if (isOver || !condition()) return;
      isOver = true;
      resolve();
      stop?.();
    });
    if (isOver) stop();
  });
}
