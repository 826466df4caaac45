import { expect, setDefaultTimeout, test } from 'bun:test';
import {
  type NatsServer,
  type Service,
  startNats,
  startService,
  waitUntil,
} from '@overseer/local/testing';
import {
  type BucketEntry,
  CONTROL_BUCKET,
  decodeProcessorLease,
  PROCESSOR_LEASE_KEY,
  type ProcessorLease,
} from '@overseer/shared';
import { askCatalogue } from './testing/catalogue-question.ts';
import { Listener } from './testing/listener.ts';
import { TestStore } from './testing/test-store.ts';

setDefaultTimeout(120_000);

const DEADLINE_MS = 60_000;

interface Replicas extends AsyncDisposable {
  readonly nats: NatsServer;
  readonly store: TestStore;
  readonly listener: Listener;
  readonly processors: readonly [Service, Service];
}

/** Two processors, each a process; the first to come tells updates. */
async function startReplicas(): Promise<Replicas> {
  await using started = new AsyncDisposableStack();
  const nats = started.use(await startNats());
  const store = started.adopt(await TestStore.connect(nats.url), (it) => it.close());
  const listener = started.adopt(await Listener.connect(nats.url), (it) => it.close());
  await store.prepare();
  const environment = { NATS_URL: nats.url, LOG_LEVEL: 'warn' };
  const first = started.use(await startService('processor', environment));
  await listener.untilResets(1);
  const second = started.use(await startService('processor', environment));
  const all = started.move();
  const dispose = () => all.disposeAsync();
  return { nats, store, listener, processors: [first, second], [Symbol.asyncDispose]: dispose };
}

async function leads({ url }: Service): Promise<boolean> {
  const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(DEADLINE_MS) });
  return ((await response.json()) as { leader: boolean }).leader;
}

async function untilLeads(processor: Service, wanted: boolean): Promise<void> {
  await waitUntil(async () => (await leads(processor)) === wanted, {
    what: `a processor ${wanted ? 'to lead' : 'to follow'}`,
    deadlineMs: DEADLINE_MS,
  });
}

/** Commits a measurement of its own each time, and keeps how much had been heard by then. */
class Writer {
  readonly #heardBefore = new Map<string, number>();

  constructor(
    private readonly store: TestStore,
    private readonly listener: Listener,
  ) {}

  async commit(): Promise<string> {
    const measurement = `m${this.#heardBefore.size}`;
    this.#heardBefore.set(measurement, this.listener.messages.length);
    await this.store.commit([{ measurement }]);
    return measurement;
  }

  async commitUntil(condition: () => boolean, what: string): Promise<void> {
    await waitUntil(
      async () => {
        await this.commit();
        return condition();
      },
      { what, deadlineMs: DEADLINE_MS },
    );
  }

  /** Commits once more, and waits until it is told: what was sent before was heard then. */
  async settle(): Promise<void> {
    await this.listener.untilRows(await this.commit(), 1);
  }

  /** What was committed and never told: neither by an update nor by a reset behind it. */
  get untold(): string[] {
    const { messages } = this.listener;
    return [...this.#heardBefore].flatMap(([measurement, heard]) => {
      const isReset = messages.slice(heard).some(({ kind }) => kind === 'reset');
      return this.listener.rows(measurement) === 1 || isReset ? [] : [measurement];
    });
  }

  /** What was told more than once. */
  get doubled(): string[] {
    return [...this.#heardBefore.keys()].filter((name) => this.listener.rows(name) > 1);
  }
}

const epochs = (listener: Listener) => new Set(listener.messages.map(({ epoch }) => epoch)).size;

test('replicas - one tells each change, all know the catalogue', async () => {
  await using replicas = await startReplicas();
  const { listener, processors, store } = replicas;
  const [first, second] = processors;
  expect([await leads(first), await leads(second)]).toEqual([true, false]);
  const writer = new Writer(store, listener);
  for (let i = 0; i < 20; i++) await writer.commit();
  await writer.settle();
  expect([writer.untold, writer.doubled]).toEqual([[], []]);
  expect([listener.sources, listener.resets, listener.losses]).toEqual([1, 1, 0]);
  const metrics = async ({ url }: Service) => (await fetch(`${url}/metrics`)).text();
  expect(await metrics(first)).toMatch(/^overseer_processor_leader\{.*\} 1$/m);
  expect(await metrics(second)).toMatch(/^overseer_processor_leader\{.*\} 0$/m);
  await first.kill('SIGKILL');
  // The second alone answers, whether it leads yet or not.
  const { measurements } = await askCatalogue(listener.bus);
  expect(measurements.map(({ name }) => name)).toEqual(store.summaries.map(({ name }) => name));
});

test('replicas - the leader killed, another one tells, and nothing is left untold or told twice', async () => {
  await using replicas = await startReplicas();
  const { listener, processors, store } = replicas;
  const [first, second] = processors;
  const writer = new Writer(store, listener);
  await writer.commitUntil(() => listener.updates.length >= 20, 'twenty updates');
  await first.kill('SIGKILL');
  await writer.commitUntil(() => epochs(listener) === 2, 'the second processor to tell');
  await untilLeads(second, true);
  await writer.commitUntil(() => listener.messages.at(-1)?.kind === 'update', 'updates');
  await first.restart();
  expect(await leads(first)).toBe(false);
  await writer.settle();
  expect([writer.untold, writer.doubled]).toEqual([[], []]);
  expect([listener.resets, listener.losses, listener.doubled]).toEqual([2, 0, 0]);
});

test('replicas - the leader stopped and woken, it tells nothing any more', async () => {
  await using replicas = await startReplicas();
  const { listener, processors, store } = replicas;
  const [first, second] = processors;
  const writer = new Writer(store, listener);
  await writer.commitUntil(() => listener.updates.length >= 20, 'twenty updates');
  await first.kill('SIGSTOP');
  await writer.commitUntil(() => epochs(listener) === 2, 'the second processor to tell');
  await first.kill('SIGCONT');
  // It wakes with all that was committed meanwhile before it.
  await writer.commitUntil(() => listener.updates.length >= 40, 'further updates');
  await untilLeads(first, false);
  // What it had under way when it was stopped may have come after all, with its old epoch; nothing comes any more.
  const { outdated } = listener;
  await writer.commitUntil(() => listener.updates.length >= 60, 'still further updates');
  await writer.settle();
  expect(await leads(second)).toBe(true);
  expect([writer.untold, writer.doubled]).toEqual([[], []]);
  expect([listener.resets, listener.losses, listener.doubled]).toEqual([2, 0, 0]);
  expect(listener.outdated).toBe(outdated);
  // And follows so well that it can take over in turn.
  await second.kill('SIGKILL');
  await untilLeads(first, true);
  await writer.settle();
  expect([writer.untold, writer.doubled, listener.losses]).toEqual([[], [], 0]);
});

test('replicas - a leader that ends gives its lease back, and the next one takes that', async () => {
  await using replicas = await startReplicas();
  const { listener, processors, store } = replicas;
  const [first, second] = processors;
  const leases: ProcessorLease[] = [];
  const onEntry = ({ key, value }: BucketEntry) => {
    if (key === PROCESSOR_LEASE_KEY && value) leases.push(decodeProcessorLease(value));
  };
  const { promise: watching, resolve: onReady } = Promise.withResolvers<void>();
  const unwatch = store.bus.watchBucket(CONTROL_BUCKET, { onEntry, onReady });
  await watching;
  const writer = new Writer(store, listener);
  await writer.commitUntil(() => listener.updates.length >= 20, 'twenty updates');
  await first.kill('SIGTERM');
  await writer.commitUntil(() => epochs(listener) === 2, 'the second processor to tell');
  await untilLeads(second, true);
  await writer.settle();
  unwatch();
  expect([writer.untold, writer.doubled]).toEqual([[], []]);
  expect([listener.resets, listener.losses, listener.outdated]).toEqual([2, 0, 0]);
  const at = leases.findIndex(({ released }) => released);
  const [before, given, taken] = leases.slice(at - 1, at + 2);
  expect(given).toEqual({ ...(before as ProcessorLease), released: true });
  expect(taken?.epoch).toBe((given?.epoch ?? 0) + 1);
  expect(taken?.holder).not.toBe(given?.holder);
});

test('replicas - a bucket made anew is taken by a higher epoch', async () => {
  await using replicas = await startReplicas();
  const { listener, store } = replicas;
  const writer = new Writer(store, listener);
  await writer.settle();
  const { epoch } = listener;
  await store.bus.deleteStream(`KV_${CONTROL_BUCKET}`);
  await store.makeStream();
  await writer.commitUntil(() => listener.epoch > epoch, 'another epoch');
  await writer.settle();
  expect([writer.untold, writer.doubled, listener.losses]).toEqual([[], [], 0]);
});
