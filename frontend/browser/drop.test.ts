import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { hasChromium, TestBrowser, TestOverseer, waitUntil } from '@overseer/local/testing';
import { DEADLINE_MS, OpenPage } from './testing/open-page.ts';
import { nanoseconds, writeLines } from './testing/write-lines.ts';

const DATABASE = 'dropped';
const OTHER_DATABASE = 'kept';

let overseer: TestOverseer;
let browser: TestBrowser;

describe.skipIf(!(await hasChromium()))('page under drops', () => {
  beforeAll(async () => {
    const environment = { DROP_DATABASE: 'on' };
    [overseer, browser] = await Promise.all([
      TestOverseer.start({ environment }),
      TestBrowser.start(),
    ]);
  });
  afterAll(async () => {
    await browser?.stop();
    await overseer?.stop();
  });

  const write = (value: string, database = DATABASE) =>
    writeLines(overseer.ingressUrl, database, `m value=${value} ${nanoseconds(Date.now())}\n`);

  const drop = async (statement: string) => {
    const parameters = new URLSearchParams({ q: statement, db: DATABASE });
    const response = await fetch(`${overseer.ingressUrl}/query?${parameters}`, { method: 'POST' });
    expect(await response.json()).toEqual({ results: [{ statement_id: 0 }] });
  };

  const open = (database: string) =>
    OpenPage.open(browser, overseer.frontendUrl, `/?db=${database}&expr=m`);

  const shows = (opened: OpenPage, value: number | undefined, when: string) =>
    waitUntil(async () => (await opened.newestValue()) === value, {
      what: `${value ?? 'nothing'} to be drawn ${when}\n${overseer.describe()}`,
      deadlineMs: DEADLINE_MS,
    });

  test.each(['DROP MEASUREMENT m', `DROP DATABASE ${DATABASE}`])(
    '%s - a live page empties and fills again with points of another type, without a reload',
    async (statement) => {
      await using opened = await open(DATABASE);
      await using other = await open(OTHER_DATABASE);
      await opened.page.evaluate('globalThis.isSamePage = true');
      await write('1');
      await write('7', OTHER_DATABASE);
      await shows(opened, 1, 'at first');
      await shows(other, 7, 'at first');
      await drop(statement);
      await shows(opened, undefined, 'after the drop');
      await write('2i');
      await shows(opened, 2, 'after the drop');
      await drop(statement);
      await shows(opened, undefined, 'after the second drop');
      await write('3');
      await shows(opened, 3, 'after the second drop');
      await shows(other, 7, 'at last');
      expect(await opened.page.evaluate('globalThis.isSamePage')).toBe(true);
      await drop(statement);
    },
  );
});
