/** An id of twelve characters, unlike any that somebody else makes at the same time. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
