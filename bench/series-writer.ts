/** Of a request. */
const LINES_MAX = 20_000;
const STEP_MS = 1000;

/**
 * Writes waves: of each series a point a second in [fromMs, toMs), its tag `host` a number.
 * @throws Error with the answer when it is not 204
 */
export async function writeSeries(
  url: string,
  measurement: string,
  seriesCount: number,
  fromMs: number,
  toMs: number,
): Promise<void> {
  let lines: string[] = [];
  for (let timeMs = fromMs; timeMs < toMs; timeMs += STEP_MS) {
    for (let host = 0; host < seriesCount; host++) {
      const value = host + 10 * Math.sin(timeMs / 30_000 + host);
      lines.push(`${measurement},host=${host} value=${value.toFixed(3)} ${timeMs}000000`);
    }
    if (lines.length < LINES_MAX) continue;
    await send(url, lines);
    lines = [];
  }
  if (lines.length > 0) await send(url, lines);
}

async function send(url: string, lines: readonly string[]): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: lines.join('\n') });
  if (response.status === 204) return;
  throw new Error(`ingress answered ${response.status}: ${await response.text()}`);
}
