import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { fetchData } from '../api/fetch-data.ts';

/** What is looked at is as old as this at the most. */
const REFRESH_INTERVAL_MS = 5000;

export interface Fetched<T> {
  /** The last answer, which a failure leaves as it is; undefined: there is none yet. */
  readonly data: T | undefined;
  /** Why there is none that is newer. */
  readonly problem: string | undefined;
}

/** What the API answers at a path, got again and again for as long as the component is there. */
export function useFetched<T>(path: string): Fetched<T> {
  const fetched = useSignal<Fetched<T>>({ data: undefined, problem: undefined });
  useEffect(() => {
    const closing = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      try {
        const data = await fetchData<T>(path, { signal: closing.signal });
        fetched.value = { data, problem: undefined };
      } catch (error) {
        if (closing.signal.aborted) return;
        const problem = error instanceof Error ? error.message : String(error);
        fetched.value = { data: fetched.peek().data, problem };
      }
      if (!closing.signal.aborted) timer = setTimeout(() => void load(), REFRESH_INTERVAL_MS);
    };
    fetched.value = { data: undefined, problem: undefined };
    void load();
    return () => {
      closing.abort();
      clearTimeout(timer);
    };
  }, [path, fetched]);
  return fetched.value;
}
