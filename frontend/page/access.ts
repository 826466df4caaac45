/** Signing in and out, where the server asks for it. */

const LOGIN_PATH = '/login';
const LOGOUT_PATH = '/logout';
const SESSION_PATH = '/api/v1/session';

/** Name of the token that the user signed in with; undefined where nobody has to, and when nobody knows. */
export async function signedInAs(): Promise<string | undefined> {
  try {
    const response = await fetch(SESSION_PATH);
    const answer = (await response.json()) as { readonly data?: { readonly name: string | null } };
    return answer.data?.name ?? undefined;
  } catch {
    // Nothing depends on it but a button.
    return undefined;
  }
}

/** Leaves for the page that asks for a token; it leads back here. */
export function signInAgain(): void {
  const here = `${location.pathname}${location.search}${location.hash}`;
  location.assign(`${LOGIN_PATH}?${new URLSearchParams({ next: here })}`);
}

/** Ends the session of this browser. */
export async function signOut(): Promise<void> {
  await fetch(LOGOUT_PATH, { method: 'POST', redirect: 'manual' });
  location.assign(LOGIN_PATH);
}
