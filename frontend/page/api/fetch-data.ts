import { signInAgain } from '../access.ts';

const REQUEST_TIMEOUT_MS = 15_000;
const UNREACHABLE = 'The server can’t be reached; what is shown may be old.';

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
  }).catch((error: unknown) => {
    // What browsers throw when nobody answers; each has its own words for it.
    if (error instanceof TypeError) throw new Error(UNREACHABLE);
    throw error;
  });
  if (response.status === 401) signInAgain();
  const answer = (await response.json().catch(() => undefined)) as
    | { readonly data?: Data; readonly error?: string }
    | undefined;
  if (response.ok && answer?.data) return answer.data;
  throw new Error(answer?.error ?? `The server answered ${response.status}.`);
}
