import { fetchData } from '../api/fetch-data.ts';
import { labelValuesPath } from '../api/label-values-path.ts';

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
  return await fetchData(`${labelValuesPath(db, label)}?${parameters}`, {
    signal,
    timeoutMs: REQUEST_TIMEOUT_MS,
  });
}
