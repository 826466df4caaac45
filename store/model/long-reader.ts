import { readTables } from '../catalogue.ts';
import { holdByReading } from '../testing/long-reader.ts';
import type { Operation } from './operation.ts';
import { pickOf } from './universe.ts';

const MESSAGES_MAX = 10;

/**
 * Somebody reads one measurement, or all, for long: what needs a column there is parked, everything else goes on. Half of the time what is
 * parked is still there when the next thing happens.
 */
export const longReader: Operation = {
  name: 'long reader',
  weight: 3,
  run: async (world, drawing, label) => {
    const { random } = drawing;
    const { database, postgres, settled, store, unparked } = world.pipeline;
    const views = (await readTables(database)).map(({ view }) => view).toSorted();
    const read = random.once(2) ? views : [pickOf(random, views)];
    const some = () => world.publish(drawing.messages(1 + random.integer(MESSAGES_MAX)), label);
    const letGo = await holdByReading(postgres.url, ...read);
    try {
      await some();
      if (random.once(2)) await settled();
      if (random.once(3)) {
        await store.kill('SIGKILL');
        await some();
        await store.restart();
      }
      await some();
      // With the reader there still.
      await settled();
    } finally {
      await letGo();
    }
    await some();
    if (random.once(2)) await unparked();
  },
};
