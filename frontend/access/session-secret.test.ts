import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { type Bus, createLogger, SESSION_SECRET_KEY } from '@overseer/shared';
import { SessionSecret } from './session-secret.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;
const log = createLogger('test');
log.level = 'silent';

type Watcher = Parameters<Bus['watchBucket']>[1];

/** A bucket that can lose everything. */
class FakeBucket {
  readonly #values = new Map<string, Uint8Array>();
  #watcher: Watcher | undefined;

  readonly bus = {
    watchBucket: (_: string, watcher: Watcher) => {
      this.#watcher = watcher;
      this.#tellAll();
      return () => {};
    },
    bucket: () =>
      Promise.resolve({
        create: (key: string, value: Uint8Array) => {
          this.#values.set(key, value);
          this.#watcher?.onEntry({ key, value, revision: 1 });
          return Promise.resolve(1);
        },
      }),
  };

  get hasSecret(): boolean {
    return this.#values.has(SESSION_SECRET_KEY);
  }

  /** Nobody is told of what was lost: the watch begins anew. */
  loseEverything(): void {
    this.#values.clear();
    this.restart();
  }

  restart(): void {
    this.#watcher?.onRestart?.();
    this.#tellAll();
  }

  #tellAll(): void {
    for (const [key, value] of this.#values) this.#watcher?.onEntry({ key, value, revision: 1 });
    this.#watcher?.onReady?.();
  }
}

test('session secret - one that NATS has lost is made again, for all frontends', async () => {
  const bucket = new FakeBucket();
  const secret = new SessionSecret(log);
  secret.start(bucket.bus);
  const isMade = () => bucket.hasSecret && secret.current !== undefined;
  await waitUntil(isMade, { what: 'a secret', deadlineMs: DEADLINE_MS });
  const first = secret.current;
  bucket.restart();
  expect(secret.current).toEqual(first);
  bucket.loseEverything();
  await waitUntil(isMade, { what: 'another secret', deadlineMs: DEADLINE_MS });
  expect(secret.current).not.toEqual(first);
  secret.stop();
});
