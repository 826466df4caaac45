import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasChromium, TestBrowser, waitUntil } from './mod.ts';

const deadlineMs = 20_000;

/** The processes of a session that are alive: a browser and all that it started, but not those that wait to be reaped. */
function processesOfSession(session: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((processId) => {
      const [state, , , of] = readStat(processId);
      return Number(of) === session && state !== 'Z';
    })
    .map(Number);
}

/** The fields of /proc/<pid>/stat after the name: state, parent, group, session, … */
function readStat(processId: string): string[] {
  try {
    const stat = readFileSync(join('/proc', processId, 'stat'), 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

const allEnded = (session: number) =>
  waitUntil(() => processesOfSession(session).length === 0, {
    what: 'every process of the browser to end',
    deadlineMs,
  });

describe.skipIf(!(await hasChromium()))('browser for tests', () => {
  test('pages - share nothing, and run what they are given', async () => {
    await using browser = await TestBrowser.start();
    await using server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: () => new Response('<p>here</p>', { headers: { 'content-type': 'text/html' } }),
    });
    const [first, second] = [await browser.newPage(), await browser.newPage()];
    for (const page of [first, second]) await page.goto(server.url.href);
    await first.evaluate("localStorage.setItem('mark', 'set')");
    expect(await first.locator('p').textContent()).toBe('here');
    expect(await first.evaluate("localStorage.getItem('mark')")).toBe('set');
    expect(await second.evaluate("localStorage.getItem('mark')")).toBeNull();
  });

  test('stopped - leaves no process', async () => {
    const browser = await TestBrowser.start();
    const { processId } = browser;
    expect(processesOfSession(processId).length).toBeGreaterThan(1);
    await browser.stop();
    await allEnded(processId);
  });

  test('its test process killed - leaves no process', async () => {
    const program = `
      import { TestBrowser } from ${JSON.stringify(join(import.meta.dir, 'browser.ts'))};
      const browser = await TestBrowser.start();
      console.log(browser.processId);`;
    const child = Bun.spawn([process.execPath, '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { value } = await child.stdout.getReader().read();
    const processId = Number(new TextDecoder().decode(value));
    expect(processesOfSession(processId).length).toBeGreaterThan(1);
    child.kill('SIGKILL');
    await child.exited;
    await allEnded(processId);
  });
});
