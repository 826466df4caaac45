import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';

/** The signal's value, but no more often than that: for text that nobody can read faster. */
export function useSlowly<T>(source: ReadonlySignal<T>, intervalMs: number): ReadonlySignal<T> {
  const [slow] = useState(() => signal(source.peek()));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const unsubscribe = source.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        slow.value = source.peek();
      }, intervalMs);
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [source, slow, intervalMs]);
  return slow;
}
