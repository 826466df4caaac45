import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer, waitUntil } from '@overseer/local/testing';
import {
  createToken,
  digestOfToken,
  formatTokenLine,
  type Right,
  TokenGrant,
} from '@overseer/shared/access';
import { DEADLINE_MS, OpenPage } from './testing/open-page.ts';

const TOKEN = createToken();
const ADA = new TokenGrant(
  'Ada',
  digestOfToken(TOKEN),
  new Set<Right>(['read', 'write']),
  new Set(['demo']),
);

let overseer: TestOverseer;
let browser: TestBrowser;

/** Fills in the page that asks for a token, once it is there. */
async function signIn({ page }: OpenPage, token: string): Promise<void> {
  await page.getByLabel('Your access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

describe.skipIf(!(await hasChromium()))('sign-in', () => {
  beforeAll(async () => {
    const environment = { TOKENS: formatTokenLine(ADA) };
    [overseer, browser] = await Promise.all([
      TestOverseer.start({ environment }),
      TestBrowser.start(),
    ]);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await overseer?.[Symbol.asyncDispose]();
  });

  test('a stranger - is asked for a token, comes back to the view, and can leave', async () => {
    const written = await fetch(`${overseer.ingressUrl}/write?db=demo`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: 'room t=21.5',
    });
    expect(written.status).toBe(204);
    await using opened = await OpenPage.open(
      browser,
      overseer.frontendUrl,
      '/?db=demo&expr=room_t',
    );
    const { page, part } = opened;
    await page.waitForURL(/\/login\?/);
    await signIn(opened, 'no token');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toBe('This token is not known.');
    // A style that the policy refused would leave the page bare.
    expect(await opened.style('form', 'border-top-left-radius')).toBe('8px');

    opened.problems.length = 0;
    await signIn(opened, TOKEN);
    await page.waitForURL((url) => url.pathname === '/');
    expect(opened.address.get('expr')).toBe('room_t');
    await waitUntil(async () => (await opened.newestValue()) === 21.5, {
      what: 'the value to be drawn',
      deadlineMs: DEADLINE_MS,
    });
    expect(await part('sign-out').getAttribute('title')).toBe('Signed in as Ada: sign out');
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(opened.problems).toEqual([]);

    await part('sign-out').click();
    await page.waitForURL(/\/login$/);
    await page.goto(overseer.frontendUrl);
    await page.waitForURL(/\/login\?/);
  });

  test('a session that has ended - an open page leads to the form, and back to the same view', async () => {
    const path = '/?db=demo&expr=room_t&range=15m';
    await using opened = await OpenPage.open(browser, overseer.frontendUrl, path);
    const { page } = opened;
    await signIn(opened, TOKEN);
    await opened.part('chart').waitFor();
    await page.context().clearCookies();
    await page.waitForURL(/\/login\?/);
    await signIn(opened, TOKEN);
    await opened.part('chart').waitFor();
    const { pathname, search } = new URL(page.url());
    expect(`${pathname}${search}`).toBe(path);
    // What browsers say by themselves of requests without a session.
    const others = opened.problems.filter((text) => !text.includes('401'));
    expect(others).toEqual([]);
  });
});
