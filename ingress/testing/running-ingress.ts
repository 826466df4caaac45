import { waitUntil } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import type { Listener } from '@overseer/shared/access';
import { Ingress } from '../ingress.ts';
import { startServer } from '../server.ts';
import { readIngressSettings } from '../settings.ts';
import { OwnStanding } from '../standing.ts';

const READY_DEADLINE_MS = 20_000;

/** An ingress in the process of the test, on a port of its own. */
export class RunningIngress {
  readonly ingress: Ingress;
  readonly url: string;
  readonly #server: Listener;
  readonly #failures: unknown[];

  private constructor(ingress: Ingress, server: Listener, failures: unknown[]) {
    this.ingress = ingress;
    this.url = server.url.origin;
    this.#server = server;
    this.#failures = failures;
  }

  /** Starts it, without waiting until it is ready. */
  static async start(
    natsUrl: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RunningIngress> {
    const settings = readIngressSettings({
      INGRESS_PORT: '0',
      ...environment,
      NATS_URL: natsUrl,
    });
    const log = createLogger('ingress');
    log.level = 'fatal';
    const failures: unknown[] = [];
    const ingress = new Ingress(settings, log, (error) => failures.push(error));
    const standing = new OwnStanding(ingress);
    const options = { ...settings, sharesPort: false };
    const server = startServer(ingress, standing, options, log, (error) => failures.push(error));
    await ingress.start();
    return new RunningIngress(ingress, server, failures);
  }

  /** Starts it and waits until it is ready. */
  static async startReady(
    natsUrl: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RunningIngress> {
    const running = await RunningIngress.start(natsUrl, environment);
    await running.becomes(true);
    return running;
  }

  /** Waits until it is ready, or is no longer. */
  async becomes(ready: boolean): Promise<void> {
    await waitUntil(() => this.ingress.readiness.ready === ready, {
      what: `ingress to be ${ready ? 'ready' : 'not ready'}: ${JSON.stringify(this.ingress.readiness.missing)}`,
      deadlineMs: READY_DEADLINE_MS,
      giveUp: () => this.#throwFailure(),
    });
  }

  /** @param query of the URL, beside the database */
  write(body: Bun.BodyInit, query = '', headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/write?db=test${query}`, { method: 'POST', body, headers });
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
    await this.ingress.stop();
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}
