import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Service, startService, temporaryFolder, waitUntil } from '@overseer/local/testing';
import { DEAD_STREAM, POINTS_STREAM } from '@overseer/shared';
import { READER_ROLE } from '@overseer/shared/sql-readers';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { makeBackup } from './backup.ts';
import { restoreBackup } from './restore.ts';

/** A store on a PostgreSQL that was restored to an older point, with an ingress that never stopped. */

setDefaultTimeout(60_000);

const DEADLINE_MS = 60_000;
const onProgress = () => undefined;
/** Of which some are in each partition. */
const HOSTS = Array.from({ length: 12 }, (_, i) => `h${i}`);

let started = new AsyncDisposableStack();
afterEach(async () => {
  await started.disposeAsync();
  started = new AsyncDisposableStack();
});

class Rig {
  private constructor(
    readonly running: Pipeline,
    readonly ingress: Service,
    private readonly path: string,
    private readonly natsFolder: string,
  ) {}

  static async start(): Promise<Rig> {
    const folder = temporaryFolder();
    started.defer(() => rmSync(folder, { recursive: true, force: true }));
    const natsFolder = join(folder, 'nats-server');
    const running = await startPipeline({}, undefined, { folder: natsFolder });
    started.defer(() => running.stop());
    const ingress = started.use(await startService('ingress', running.environment));
    return new Rig(running, ingress, join(folder, 'backup'), natsFolder);
  }

  /** A point of each series at this second; sent again for as long as ingress says so. */
  async write(second: number, series: readonly string[]): Promise<void> {
    const lines = series.map((host) => `m,host=${host} f=${second} ${second}`);
    await waitUntil(
      async () => {
        const url = `${this.ingress.url}/write?db=db&precision=s`;
        const response = await fetch(url, { method: 'POST', body: lines.join('\n') });
        expect([204, 503]).toContain(response.status);
        await response.body?.cancel();
        return response.status === 204;
      },
      { what: 'ingress to take the points', deadlineMs: DEADLINE_MS },
    );
  }

  /** Until no block carries the key of a series any more. */
  async confirmed(): Promise<void> {
    await waitUntil(
      async () => {
        const text = await (await fetch(`${this.ingress.url}/metrics`)).text();
        return /^overseer_ingress_announcements\{.*\} 0$/m.test(text);
      },
      { what: 'ingress to know that the store knows all series', deadlineMs: DEADLINE_MS },
    );
  }

  async backup(): Promise<void> {
    const databaseUrl = this.running.postgres.url;
    await makeBackup({ databaseUrl, path: this.path, onProgress });
  }

  /**
   * Puts PostgreSQL back to the backup, and starts the store again.
   * @param meanwhile done before the store starts
   */
  async restore(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    const databaseUrl = this.running.postgres.url;
    await this.running.store.kill('SIGTERM');
    await restoreBackup({ databaseUrl, path: this.path, isReplacing: true, onProgress });
    await meanwhile();
    await this.running.store.restart();
  }

  /** Whether people may read the points by SQL, as before. */
  async isReadable(): Promise<boolean> {
    const [row] = await this.running.database`
      SELECT has_schema_privilege(${READER_ROLE}, 'db', 'USAGE')
        AND has_table_privilege(${READER_ROLE}, 'db.m', 'SELECT') AS is_readable`;
    return row?.is_readable;
  }

  /** NATS starts again without its data. */
  async emptyNats(): Promise<void> {
    const { nats } = this.running;
    await nats.kill('SIGKILL');
    rmSync(join(this.natsFolder, 'nats'), { recursive: true });
    await nats.restart();
  }

  /** Values of each series by time. */
  async rows(): Promise<Record<string, number[]>> {
    const rows = await this.running
      .database`SELECT tags->>'host' AS host, f FROM db.m ORDER BY time`;
    const of: Record<string, number[]> = {};
    for (const { host, f } of rows) of[host] = [...(of[host] ?? []), f];
    return of;
  }

  async dead(): Promise<number> {
    const { bus } = this.running.ingress;
    return (await bus.stream(DEAD_STREAM))?.lastSequence ?? 0;
  }

  logged(words: string): boolean {
    return this.running.store.lines.some((line) => line.includes(words));
  }

  async gaps(): Promise<number> {
    const text = await (await fetch(`${this.running.store.url}/metrics`)).text();
    return Number(/^overseer_store_gaps_total\{.*\} (\d+)$/m.exec(text)?.[1]);
  }
}

const each = (series: readonly string[], values: readonly number[]) =>
  Object.fromEntries(series.map((host) => [host, [...values]]));

test('restored store - what was written since the backup comes from the stream, once', async () => {
  const rig = await Rig.start();
  const [old, later] = [HOSTS.slice(0, 6), HOSTS.slice(6)];
  await rig.write(1, old);
  await rig.running.settled();
  await rig.backup();
  await rig.write(2, HOSTS);
  await rig.running.settled();
  await rig.confirmed();
  // Without keys: ingress knows that the store knows these series.
  await rig.write(3, HOSTS);
  await rig.running.settled();
  const before = await rig.rows();
  expect(before).toEqual({ ...each(old, [1, 2, 3]), ...each(later, [2, 3]) });
  await rig.restore();
  await rig.write(4, HOSTS);
  await rig.running.settled();
  expect(await rig.rows()).toEqual({ ...each(old, [1, 2, 3, 4]), ...each(later, [2, 3, 4]) });
  expect(await rig.isReadable()).toBe(true);
  expect(await rig.dead()).toBe(0);
  expect(rig.logged('PostgreSQL is older than what was stored')).toBe(true);
  expect(await rig.gaps()).toBe(0);
});

test('restored store - it says what the stream no longer has, and ingress announces its series again', async () => {
  const rig = await Rig.start();
  const { ingress: testIngress, settled } = rig.running;
  await rig.write(1, HOSTS.slice(0, 6));
  await settled();
  await rig.backup();
  await rig.write(2, HOSTS);
  await settled();
  await rig.confirmed();
  const stream = await testIngress.bus.stream(POINTS_STREAM);
  await testIngress.bus.purgeBefore(POINTS_STREAM, (stream?.lastSequence ?? 0) + 1);
  await rig.restore();
  await waitUntil(
    () => rig.logged('points that were stored after the restored backup are missing'),
    {
      what: 'the store to say what is missing',
      deadlineMs: DEADLINE_MS,
    },
  );
  expect(await rig.gaps()).toBeGreaterThan(0);
  await rig.confirmed();
  await rig.write(3, HOSTS);
  await settled();
  const rows = await rig.rows();
  expect(rows).toEqual({ ...each(HOSTS.slice(0, 6), [1, 3]), ...each(HOSTS.slice(6), [3]) });
  expect(await rig.dead()).toBe(0);
});

test('restored store - with an empty NATS, ingress announces its series again', async () => {
  const rig = await Rig.start();
  const { settled } = rig.running;
  await rig.write(1, HOSTS.slice(0, 6));
  await settled();
  await rig.backup();
  await rig.write(2, HOSTS);
  await settled();
  await rig.confirmed();
  await rig.restore(() => rig.emptyNats());
  await rig.write(3, HOSTS);
  await settled();
  const rows = await rig.rows();
  expect(rows).toEqual({ ...each(HOSTS.slice(0, 6), [1, 3]), ...each(HOSTS.slice(6), [3]) });
  expect(await rig.dead()).toBe(0);
});

test('restored store - a store that merely starts again finds nothing missing', async () => {
  const rig = await Rig.start();
  const { ingress: testIngress, settled, store } = rig.running;
  await rig.write(1, HOSTS);
  await settled();
  const stream = await testIngress.bus.stream(POINTS_STREAM);
  await testIngress.bus.purgeBefore(POINTS_STREAM, (stream?.lastSequence ?? 0) + 1);
  await store.restart();
  await rig.write(2, HOSTS.slice(0, 1));
  await settled();
  await store.restart();
  expect(await rig.gaps()).toBe(0);
  expect(rig.logged('PostgreSQL is older')).toBe(false);
});
