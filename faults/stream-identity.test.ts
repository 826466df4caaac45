import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { type NatsServer, startNats } from '@overseer/local/testing';
import { type Bus, connectBus, createLogger, type StreamSpec } from '@overseer/shared';

const SPEC: StreamSpec = {
  name: 'IDENTITY',
  subjects: ['identity.*'],
  storage: 'file',
  discard: 'new',
  bytesMax: 2 ** 20,
  replicas: 1,
  metadata: { kept: 'yes' },
};

let nats: NatsServer;

beforeAll(async () => {
  nats = await startNats();
});

afterAll(() => nats?.stop());

/** Does something on a connection of its own: the server is restarted in between. */
async function withBus<T>(action: (bus: Bus) => Promise<T>): Promise<T> {
  const bus = await connectBus({ url: nats.url, name: 'test', log: createLogger('test') });
  try {
    return await action(bus);
  } finally {
    await bus.close();
  }
}

const created = (bus: Bus) => bus.stream(SPEC.name).then((state) => state?.created);

beforeEach(() =>
  withBus(async (bus) => {
    if (await bus.stream(SPEC.name)) await bus.deleteStream(SPEC.name);
  }),
);

describe('stream identity', () => {
  test('restarts - and changes of the limits between them leave it as it is', async () => {
    const made = await withBus((bus) => bus.ensureStream(SPEC));
    await nats.restart();
    const changed = await withBus((bus) => bus.ensureStream({ ...SPEC, bytesMax: 2 ** 21 }));
    expect(changed.bytesMax).toBe(2 ** 21);
    await nats.restart();
    expect(await withBus(created)).toBe(made.created);
  });

  test('stream made anew - has another', async () => {
    const made = await withBus((bus) => bus.ensureStream(SPEC));
    await withBus((bus) => bus.deleteStream(SPEC.name));
    const again = await withBus((bus) => bus.ensureStream(SPEC));
    expect(again.created).not.toBe(made.created);
    expect(again.metadata).toMatchObject({ kept: 'yes' });
  });

  test('stream made by several at once - has one', async () => {
    const states = await withBus((bus) =>
      Promise.all(Array.from({ length: 4 }, () => bus.ensureStream(SPEC))),
    );
    expect(new Set(states.map((state) => state.created)).size).toBe(1);
  });
});
