import { signInAgain } from '../access.ts';
import { labelValuesPath } from '../dashboard/label-values-path.ts';

const REQUEST_TIMEOUT_MS = 10_000;
/** More than anybody reads; typing narrows them only among these. */
const VALUES_MAX = 2000;

/** What `fetchLabelValues` asks. */
export interface LabelQuestion {
  readonly db: string;
  readonly label: string;
  /** Series that have the values. */
  readonly selector: string;
}

/**
 * The values of a label, sorted.
 * @throws Error saying why there are none to be had
 */
export async function fetchLabelValues(
  { db, label, selector }: LabelQuestion,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const parameters = new URLSearchParams({ 'match[]': selector, limit: String(VALUES_MAX) });
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const response = await fetch(`${labelValuesPath(db, label)}?${parameters}`, {
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  if (response.status === 401) signInAgain();
  const answer = (await response.json().catch(() => undefined)) as
    | { readonly data?: readonly string[]; readonly error?: string }
    | undefined;
  if (response.ok && answer?.data) return answer.data;
  throw new Error(answer?.error ?? `The server answered ${response.status} for the values.`);
}
