const FIRST_DELAY_MS = 250;
const DELAY_MAX_MS = 8000;

/**
 * How long to wait before another attempt to connect: doubled each time, up to eight seconds, and by chance between half and all of
 * that, so that the pages of a server that went away don't come back all at once.
 * @param attempt from 0
 * @param random from 0 to 1
 */
export function backoffMs(attempt: number, random: number = Math.random()): number {
  const longest = Math.min(DELAY_MAX_MS, FIRST_DELAY_MS * 2 ** attempt);
  return longest * (0.5 + random / 2);
}
