import {
  AnswerError,
  type DeleteEnd,
  type DeleteQuestion,
  type DropEnd,
  type TagMatcher,
} from '@overseer/shared';
import type { Random } from '../promql/testing/random.ts';
import { askAdministration } from '../testing/administration-answer.ts';
import type { Drawing } from './drawing.ts';
import type { Operation } from './operation.ts';
import { drawTime } from './times.ts';
import { pickOf } from './universe.ts';
import type { World } from './world.ts';

const DELETION_DEADLINE_MS = 60_000;
const AGAIN_MS = 100;

/**
 * A measurement or a database is dropped while points are written. Which of these come before the drop, the stream decides. Then it is
 * founded anew, so that its types are those that they were.
 */
export const drop: Operation = {
  name: 'drop',
  weight: 2,
  run: async (world, drawing, label) => {
    const { random } = drawing;
    const { database, ingress, settled, unparked } = world.pipeline;
    // What is poisoned becomes a dead letter before the drop, or never.
    await settled();
    await unparked();
    const { database: db, name } = pickOf(random, world.universe);
    const measurement = random.once(3) ? undefined : name;
    const written = await world.publish(drawing.soundMessages(random.integer(4)), label);
    const dropping = askAdministration<DropEnd>(ingress.bus, 'drop', { db, measurement });
    // Awaited below.
    dropping.catch(() => undefined);
    written.push(...(await world.publish(drawing.soundMessages(random.integer(6)), label)));
    await dropping;
    const [row] = await database`SELECT upto FROM overseer.dropped ORDER BY id DESC LIMIT 1`;
    world.dropped({ db, measurement }, Number(row?.upto), written, label);
    await world.publish(drawing.founding({ db, measurement }), label);
    await settled();
  },
};

/** Points or whole series are deleted; what was deleted must not be replayed. */
export const remove: Operation = {
  name: 'delete',
  weight: 3,
  run: async (world, drawing, label) => {
    const { random } = drawing;
    await world.publish(drawing.messages(1 + random.integer(4)), label);
    const { database: db, name } = pickOf(random, world.universe);
    const question = {
      db,
      ...(random.once(3) ? {} : { measurement: name }),
      tags: drawMatchers(random),
      ...drawRange(drawing),
    };
    await deleteUntilDone(world, question);
    await world.deleted(question);
  },
};

/** Asks again as long as the store, whose sessions may just have been ended, says that PostgreSQL is away. */
async function deleteUntilDone(world: World, question: DeleteQuestion): Promise<void> {
  const deadline = performance.now() + DELETION_DEADLINE_MS;
  for (;;) {
    try {
      await askAdministration<DeleteEnd>(world.pipeline.ingress.bus, 'delete', question);
      return;
    } catch (error) {
      const isAway = error instanceof AnswerError && error.kind === 'unavailable';
      if (!isAway || performance.now() > deadline) throw error;
      await Bun.sleep(AGAIN_MS);
    }
  }
}

function drawMatchers(random: Random): TagMatcher[] {
  const host = `h${random.integer(8)}`;
  return random.pick<TagMatcher[]>([
    [],
    [['host', '=', host]],
    [['host', '!=', host]],
    [['host', '=~', 'h1.*|h2']],
    [['host', '!~', 'h1.*']],
    [['Z', '=', '']],
  ]);
}

/** At startNs ≤ time < endNs. */
type Range = Pick<DeleteQuestion, 'startNs' | 'endNs'>;

function drawRange({ random, operation }: Drawing): Range {
  const time = () => drawTime(random, { operation, row: 0, fine: true, extremes: false });
  const [a, b] = [time(), time()];
  const [startNs, endNs] = a < b ? [a, b] : [b, a + 1n];
  return random.pick<Range>([{}, { startNs }, { endNs }, { startNs, endNs }, { startNs, endNs }]);
}
