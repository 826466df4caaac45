import { encodeBatch, pointsSubject } from '@overseer/shared';
import type { Drawing } from './drawing.ts';
import { longReader } from './long-reader.ts';
import type { Operation } from './operation.ts';
import { drop, remove } from './removals.ts';

/** A moment drawn at random is at most this long after what came before. */
const MOMENT_MAX_MS = 60;
const BACKLOG_MESSAGES_MAX = 40;
const SESSIONS_ENDED_MAX = 4;
const REPLAYED_MESSAGES_MAX = 30;

/** Lets the store get as far as it gets: what follows is to hit it anywhere in its work. */
const moment = ({ random }: Drawing) => Bun.sleep(random.integer(MOMENT_MAX_MS));

const write: Operation = {
  name: 'write',
  weight: 30,
  run: async (world, drawing, label) => {
    await world.publish(drawing.messages(1 + drawing.random.integer(8)), label);
  },
};

const writeAgain: Operation = {
  name: 'write again',
  weight: 5,
  run: async (world, { random }, label) => {
    for (let count = 1 + random.integer(4); count > 0; count--) {
      const message = world.published[random.integer(world.published.length)];
      if (message) await world.republish(message, label);
    }
  },
};

const writeGarbage: Operation = {
  name: 'write garbage',
  weight: 2,
  run: async (world, drawing) => {
    const { partition = 0 } = drawing.messages(1)[0] ?? {};
    const { bus } = world.pipeline.ingress;
    const unreadable = Uint8Array.of(drawing.random.integer(256), 1, 2, 3);
    world.expectDead(await bus.publish(pointsSubject(partition), unreadable), 0, 'unreadable');
    const version = Uint8Array.of(0x91, 99);
    world.expectDead(await bus.publish(pointsSubject(partition), version), 0, 'version');
  },
};

const settle: Operation = {
  name: 'settle',
  weight: 3,
  run: (world) => world.pipeline.settled(),
};

/** Many messages wait: they become few groups. */
const backlog: Operation = {
  name: 'backlog',
  weight: 2,
  run: async (world, drawing, label) => {
    await world.pipeline.store.kill('SIGTERM');
    const count = 1 + drawing.random.integer(BACKLOG_MESSAGES_MAX);
    await world.publish(drawing.messages(count), label);
    await world.pipeline.store.restart();
  },
};

const kill: Operation = {
  name: 'kill',
  weight: 2,
  run: async (world, drawing, label) => {
    await world.publish(drawing.messages(1 + drawing.random.integer(12)), label);
    await moment(drawing);
    await world.pipeline.store.kill('SIGKILL');
    await world.publish(drawing.messages(drawing.random.integer(4)), label);
    await world.pipeline.store.restart();
  },
};

/** PostgreSQL ends the store's sessions, wherever they are: before, in or behind a transaction. */
const endSessions: Operation = {
  name: 'end sessions',
  weight: 4,
  run: async (world, drawing, label) => {
    for (let count = 1 + drawing.random.integer(SESSIONS_ENDED_MAX); count > 0; count--) {
      await world.publish(drawing.messages(1 + drawing.random.integer(6)), label);
      await moment(drawing);
      await world.pipeline.database`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'overseer-store%'`;
    }
  },
};

/** A store that hangs is replaced, and wakes up beside its successor. */
const takeOver: Operation = {
  name: 'take over',
  weight: 1,
  run: async (world, drawing, label) => {
    const { pipeline } = world;
    const some = () => world.publish(drawing.messages(1 + drawing.random.integer(6)), label);
    const successor = await pipeline.startAnother();
    try {
      await some();
      await moment(drawing);
      await pipeline.store.kill('SIGSTOP');
      await some();
      await pipeline.settled();
      await some();
      await pipeline.store.kill('SIGCONT');
      await some();
      await moment(drawing);
      if (drawing.random.once(2)) await successor.kill('SIGKILL');
    } finally {
      await pipeline.store.kill('SIGCONT');
      await successor.stop();
    }
  },
};

/** Everything from some message on is stored once more, as after a restore of an older backup. */
const goBack: Operation = {
  name: 'go back',
  weight: 2,
  run: async (world, drawing, label) => {
    const { database, ingress, store } = world.pipeline;
    await world.publish(drawing.messages(3), label);
    if (drawing.random.once(2)) await world.pipeline.settled();
    const isStopped = drawing.random.once(2);
    if (isStopped) await store.kill('SIGTERM');
    const partition = drawing.random.integer(ingress.partitions);
    const messages = 1 + drawing.random.integer(REPLAYED_MESSAGES_MAX);
    await database`
      UPDATE overseer.progress SET seq = greatest(${world.replayedFrom}, seq - ${messages})
      WHERE partition = ${partition} AND stream = ${world.stream}`;
    await world.publish(drawing.messages(2), label);
    // An owner that has nothing to do would not notice.
    const wake = world.published.findLast((message) => message.partition === partition);
    if (wake) await world.republish(wake, label);
    if (isStopped) await store.restart();
  },
};

/** The stream is lost after everything was stored; its sequences start over. */
const newStream: Operation = {
  name: 'new stream',
  weight: 1,
  run: async (world, drawing, label) => {
    await world.pipeline.settled();
    await world.pipeline.replaceStream();
    await world.followStream();
    await world.publish(drawing.messages(3), label);
  },
};

const killPostgres: Operation = {
  name: 'kill PostgreSQL',
  weight: 1,
  run: async (world, drawing, label) => {
    const { postgres } = world.pipeline;
    await world.publish(drawing.messages(1 + drawing.random.integer(8)), label);
    await moment(drawing);
    await postgres.kill('SIGKILL');
    await world.publish(drawing.messages(drawing.random.integer(4)), label);
    await postgres.restart();
  },
};

const killNats: Operation = {
  name: 'kill NATS',
  weight: 1,
  run: async (world, drawing, label) => {
    await world.publish(drawing.messages(1 + drawing.random.integer(8)), label);
    await moment(drawing);
    await world.pipeline.killNats();
    await world.publish(drawing.messages(drawing.random.integer(4)), label);
  },
};

/** Messages of another installation: whoever made them meant other series. */
const writeForeign: Operation = {
  name: 'write foreign',
  weight: 1,
  run: async (world, drawing) => {
    const [message] = world.published.slice(-1);
    if (!message) return;
    const blocks = message.blocks.map((block) => world.encode(block));
    const payload = encodeBatch({ installation: 'ffffffff', blocks });
    const { bus } = world.pipeline.ingress;
    const sequence = await bus.publish(pointsSubject(message.partition), payload);
    for (const [block] of blocks.entries()) world.expectDead(sequence, block, 'installation');
    await moment(drawing);
  },
};

export const OPERATIONS: readonly Operation[] = [
  write,
  writeAgain,
  writeGarbage,
  writeForeign,
  settle,
  backlog,
  kill,
  endSessions,
  takeOver,
  goBack,
  newStream,
  killPostgres,
  killNats,
  drop,
  remove,
  longReader,
];
