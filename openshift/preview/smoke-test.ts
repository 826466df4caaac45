/** Whether a preview does what it is for: a point goes in by its Route, through NATS and PostgreSQL, and comes out of its page's API. */
import type { Patience } from './patience.ts';
import { PreviewAnswerError, type PreviewApi } from './preview-api.ts';

/** A database of its own, so that nobody meets it on the page. */
const DATABASE = 'preview_smoke';
const MEASUREMENT = 'smoke';

export interface SmokeResult {
  /** From the first try to write to the answer that has the point. */
  readonly durationMs: number;
  readonly tries: number;
}

/**
 * Writes a point, reads it back and looks at the page, again and again until all of it went well: routers and certificates take a moment.
 * @throws CommandError with the last answer, when time is over; InterruptedError
 */
export async function smokeTest(api: PreviewApi, patience: Patience): Promise<SmokeResult> {
  const startedAt = performance.now();
  const time = Math.floor(Date.now() / 1000);
  // Another one each time: what an earlier test wrote proves nothing.
  const value = String(Date.now());
  let isWritten = false;
  let tries = 0;
  let last = '';
  const attempt = async () => {
    tries++;
    try {
      if (!isWritten) await api.write(DATABASE, [`${MEASUREMENT} value=${value} ${time}`]);
      isWritten = true;
      const [sample] = await api.query(DATABASE, MEASUREMENT);
      if (sample && Number(sample.value[1]) === Number(value)) {
        await api.page();
        return { durationMs: performance.now() - startedAt, tries };
      }
      last = `the point was taken, and is not among the answers yet (${JSON.stringify(sample?.value ?? null)})`;
    } catch (error) {
      if (!(error instanceof PreviewAnswerError)) throw error;
      last = error.message;
    }
    return undefined;
  };
  const explain = () =>
    `The last of ${tries} tries: ${last}. The pods are ready, so look at the Routes, and at "logs ingress", "logs store", "logs frontend".`;
  return patience.wait(attempt, 'a point to go through the preview', explain);
}
