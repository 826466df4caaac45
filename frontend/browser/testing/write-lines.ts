/** Writes lines as any agent would. @throws Error with the answer when it is not 204 */
export async function writeLines(ingressUrl: string, db: string, lines: string): Promise<void> {
  const response = await fetch(`${ingressUrl}/write?db=${db}`, { method: 'POST', body: lines });
  if (response.status === 204) return;
  throw new Error(`ingress answered ${response.status}: ${await response.text()}`);
}

/** A time in line protocol. */
export const nanoseconds = (timeMs: number) => `${timeMs}000000`;
