import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, waitUntil } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import type { Listener } from '@overseer/shared/access';
import { Assets } from '../assets.ts';
import { Frontend } from '../frontend.ts';
import type { LiveTiming } from '../live/live-hub.ts';
import { startServer } from '../server.ts';
import { readFrontendSettings } from '../settings.ts';

const READY_DEADLINE_MS = 20_000;

export const INDEX_HTML =
  '<!doctype html><meta name="overseer-ingress" content="http://127.0.0.1:8086"><title>page</title>';
export const SCRIPT = `console.log(${JSON.stringify('x'.repeat(2000))})`;

/** A page as `bun frontend/build.ts` leaves it, though a small one. */
export function writePage(folder: string): void {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), INDEX_HTML);
  writeFileSync(join(folder, 'assets', 'page-abc123.js'), SCRIPT);
  writeFileSync(join(folder, 'assets', 'page-abc123.js.gz'), Bun.gzipSync(SCRIPT));
}

/** A frontend in the process of the test, on a port of its own, with a small page. */
export class RunningFrontend {
  private constructor(
    readonly frontend: Frontend,
    readonly url: string,
    private readonly server: Listener,
    private readonly folder: string,
  ) {}

  static async start(
    natsUrl: string,
    environment: Readonly<Record<string, string>> = {},
    timing: Partial<LiveTiming> = {},
  ): Promise<RunningFrontend> {
    const settings = readFrontendSettings({
      FRONTEND_PORT: '0',
      DEFAULT_DATABASE: 'test',
      ...environment,
      NATS_URL: natsUrl,
    });
    const log = createLogger('frontend');
    log.level = 'fatal';
    const folder = temporaryFolder();
    writePage(folder);
    const frontend = new Frontend(settings, log, timing);
    const server = startServer(frontend, new Assets(folder, settings.writeUrl), log, (error) => {
      throw error;
    });
    const running = new RunningFrontend(frontend, server.url.origin, server, folder);
    await frontend.start();
    await waitUntil(() => frontend.isReady, {
      what: 'the frontend to be ready',
      deadlineMs: READY_DEADLINE_MS,
    });
    return running;
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  /** A metric of its own, without labels but the service's. */
  async metric(name: string, labels = ''): Promise<number> {
    const text = await (await this.get('/metrics')).text();
    const line = text
      .split('\n')
      .find((one) => one.startsWith(`overseer_frontend_${name}{`) && one.includes(labels));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  async stop(): Promise<void> {
    await this.server.stop(true);
    await this.frontend.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
