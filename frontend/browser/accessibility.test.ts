import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer, waitUntil } from '@overseer/local/testing';
import {
  createToken,
  digestOfToken,
  formatTokenLine,
  type Right,
  TokenGrant,
} from '@overseer/shared/access';
import { violationsOf } from './testing/accessibility.ts';
import { DEADLINE_MS, OpenPage } from './testing/open-page.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

/** axe's rules, over every state of the page: nothing may be found. */

const PHONE = { width: 390, height: 844 };

let overseer: TestOverseer;
let browser: TestBrowser;

type Options = Parameters<TestBrowser['newPage']>[0];

const LOOKS: readonly (readonly [name: string, options: Options])[] = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['on a phone', { colorScheme: 'dark', viewport: PHONE }],
];

const open = (address: string, options: Options = {}) =>
  OpenPage.open(browser, overseer.frontendUrl, address, options);

/** What is faded in is not yet as it will be; what goes on for ever can't be ended, and is not faded in. */
const END_TRANSITIONS = `for (const animation of document.getAnimations()) {
  if (animation.effect.getComputedTiming().endTime < Infinity) animation.finish();
}`;

/** In both themes, and on a phone. */
async function checkLooks(
  address: string,
  reach: (opened: OpenPage) => Promise<unknown>,
): Promise<void> {
  for (const [look, options] of LOOKS) {
    await using opened = await open(address, options);
    await reach(opened);
    await opened.page.evaluate(END_TRANSITIONS);
    expect(await violationsOf(opened.page), `${address}, ${look}`).toEqual([]);
  }
}

async function drawn(opened: OpenPage, seriesCount: number): Promise<void> {
  await waitUntil(async () => (await opened.series()).length === seriesCount, {
    what: 'the series',
    deadlineMs: DEADLINE_MS,
  });
  await opened.part('legend').locator('.swatch').first().waitFor();
}

describe.skipIf(!(await hasChromium()))('accessibility', () => {
  beforeAll(async () => {
    [overseer, browser] = await Promise.all([TestOverseer.start(), TestBrowser.start()]);
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('the first run', async () => {
    await checkLooks('/', (opened) => opened.part('first-run').waitFor());
  });

  test('a chart with a tooltip', async () => {
    const nowMs = Date.now();
    const lines = ['a', 'b', 'c'].flatMap((host) =>
      Array.from({ length: 30 }, (_, ago) => {
        const timeMs = nowMs - 1000 * ago;
        return `cpu,host=${host} usage=${ago % 7},text="x" ${nanoseconds(timeMs)}\n`;
      }),
    );
    await writeLines(overseer.ingressUrl, 'axe', lines.join(''));
    await checkLooks('/?db=axe&expr=cpu_usage', async (opened) => {
      await drawn(opened, 3);
      await opened.part('chart').focus();
      await opened.page.keyboard.press('ArrowLeft');
      await opened.part('tooltip').waitFor();
    });
  });

  test('a part of the time, and the way back', async () => {
    const range = [Date.now() - 60_000, Date.now()]
      .map((timeMs) => new Date(timeMs).toISOString())
      .join('/');
    await checkLooks(`/?db=axe&expr=cpu_usage&range=1h&zoom=${range}`, (opened) =>
      drawn(opened, 3),
    );
  });

  test('the values of a chart', async () => {
    await checkLooks('/?db=axe&expr=cpu_usage', async (opened) => {
      await drawn(opened, 3);
      await opened.part('panel-menu').click();
      expect(await violationsOf(opened.page)).toEqual([]);
      await opened.part('values').click();
      await opened.part('values-table').waitFor();
    });
  });

  test('an error', async () => {
    await checkLooks('/?db=axe&expr=sum(m%20m)', (opened) => opened.part('error').waitFor());
  });

  test('no data', async () => {
    await checkLooks('/?db=axe&expr=nothing', (opened) => opened.part('empty').waitFor());
  });
});

describe.skipIf(!(await hasChromium()))('accessibility of signing in', () => {
  const grant = new TokenGrant(
    'Ada',
    digestOfToken(createToken()),
    new Set<Right>(['read']),
    new Set(['axe']),
  );

  beforeAll(async () => {
    const environment = { TOKENS: formatTokenLine(grant) };
    [overseer, browser] = await Promise.all([
      TestOverseer.start({ environment }),
      TestBrowser.start(),
    ]);
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  test('the page that asks for a token, and its refusal', async () => {
    await checkLooks('/', async ({ page }) => {
      await page.getByLabel('Your access token').waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.getByLabel('Your access token').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
    });
  });
});
