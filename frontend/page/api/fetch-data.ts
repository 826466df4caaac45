import { signInAgain } from '../access.ts';

const REQUEST_TIMEOUT_MS = 15_000;

export interface DataOptions {
  /** Ends the request, with its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/**
 * What the API answers at a path.
 * @throws Error saying why there is no answer; leads to the sign-in when the session has ended
 */
export async function fetchData<Data>(
  path: string,
  { signal, timeoutMs = REQUEST_TIMEOUT_MS }: DataOptions = {},
): Promise<Data> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await fetch(path, {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  if (response.status === 401) signInAgain();
  const answer = (await response.json().catch(() => undefined)) as
    | { readonly data?: Data; readonly error?: string }
    | undefined;
  if (response.ok && answer?.data) return answer.data;
  throw new Error(answer?.error ?? `The server answered ${response.status}.`);
}
