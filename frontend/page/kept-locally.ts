/** What the browser keeps for the page; one that forbids storage keeps nothing, and nothing is lost but convenience. */

export function readKept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param value null: is kept no longer */
export function keep(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // What was chosen holds until the page is closed.
  }
}
