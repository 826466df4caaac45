import type { Body } from './lines.ts';

/** How long a body that was answered by 503 waits when the answer doesn't say. */
const RETRY_AFTER_DEFAULT_MS = 50;

/**
 * Sends one body until it is acknowledged.
 * @returns how often it was sent again because the server was busy.
 * @throws when the server answers anything but 204 and 503.
 */
export async function sendBody(url: string, body: Body): Promise<number> {
  for (let retries = 0; ; retries++) {
    const response = await fetch(url, { method: 'POST', body: body.bytes });
    if (response.status === 204) return retries;
    if (response.status !== 503) throw new Error(await describe(response));
    const retryAfter = response.headers.get('retry-after');
    await response.body?.cancel();
    await Bun.sleep(retryAfter === null ? RETRY_AFTER_DEFAULT_MS : Number(retryAfter) * 1000);
  }
}

async function describe(response: Response): Promise<string> {
  return `${response.url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`;
}
