/** Chromium for tests: without a window, with a fresh profile, gone with the test process. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ChromiumMissingError, findChromium } from '../chromium.ts';
import type { Program } from '../program.ts';
import { Running } from './running.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type { Locator, Page } from 'playwright-core';

const FLAGS = [
  '--headless',
  // In containers the sandbox can't be made; the only pages are our own.
  '--no-sandbox',
  '--disable-gpu',
  // Containers have little shared memory.
  '--disable-dev-shm-usage',
  // Nothing but what the tests ask for goes over the network.
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--remote-debugging-port=0',
  // Its own first page, of the kind for new tabs, would be in the way of whoever connects.
  '--no-startup-window',
  // A page that is covered by another is drawn all the same.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

const READY_DEADLINE_MS = 60_000;
const STOP_GRACE_MS = 5000;
const CONNECT_DEADLINE_MS = 30_000;

/** Written by Chromium into its profile: the port and the path of its debugging socket. */
const ENDPOINT_FILE = 'DevToolsActivePort';

/**
 * Whether tests of the page can run here; installs Chromium when it is missing and can be. Where it can't, says once what to
 * install: the tests are skipped, and `npm test` fails on those that are skipped without a reason.
 */
export function hasChromium(): Promise<boolean> {
  looking ??= findChromium(console.error).then(
    () => true,
    (error: unknown) => {
      if (!(error instanceof ChromiumMissingError)) throw error;
      console.error(`The tests of the page need Chromium. ${error.message}`);
      return false;
    },
  );
  return looking;
}

let looking: Promise<boolean> | undefined;

/** A running Chromium. */
export class TestBrowser implements AsyncDisposable {
  private constructor(
    private readonly process: Running,
    private readonly browser: Browser,
  ) {}

  /** @throws ChromiumMissingError saying what to install */
  static async start(): Promise<TestBrowser> {
    const path = await findChromium(console.error);
    const folder = temporaryFolder();
    const cleanUp = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    const process = await Running.start(program(path, folder), '', cleanUp);
    try {
      return new TestBrowser(process, await connect(join(folder, ENDPOINT_FILE)));
    } catch (error) {
      await process.stop();
      throw error;
    }
  }

  get processId(): number {
    return this.process.pid;
  }

  /** Such as `156.0.8078.79`. */
  get version(): string {
    return this.browser.version();
  }

  /** Opens a page that shares nothing with the others: no storage, no cache. */
  async newPage(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    return this.browser.newPage(options);
  }

  /** Ends it and removes its profile. Calling it again does nothing. */
  async stop(): Promise<void> {
    await this.browser.close();
    await this.process.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function program(path: string, folder: string): Program {
  const endpointFile = join(folder, ENDPOINT_FILE);
  return {
    name: 'chromium',
    command: [path, ...FLAGS, `--user-data-dir=${folder}`],
    stopSignal: 'SIGTERM',
    deathSignal: 'SIGKILL',
    stopGraceMs: STOP_GRACE_MS,
    readyDeadlineMs: READY_DEADLINE_MS,
    isReady: async () => existsSync(endpointFile) && readFileSync(endpointFile, 'utf8') !== '',
  };
}

/**
 * Over a socket and not over pipes, as Playwright would do it by itself: Bun closes the descriptors of a child's extra pipes a second
 * time when the child is collected as garbage, and by then they may be those of the next browser (microsoft/playwright#42692).
 * And so the browser is our own child, which the kernel ends with us.
 */
async function connect(endpointFile: string): Promise<Browser> {
  // Loaded by those who need it: the servers of other tests start sooner without it.
  const { chromium } = await import('playwright-core');
  const [port, path] = readFileSync(endpointFile, 'utf8').split('\n');
  return chromium.connectOverCDP(`ws://127.0.0.1:${port}${path}`, { timeout: CONNECT_DEADLINE_MS });
}
