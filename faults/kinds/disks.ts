import type { Server } from '../cluster/cluster.ts';
import type { Fault } from '../fault.ts';

const FULL_MS_MIN = 2000;
const FULL_MS_SPAN = 4000;
/** What is left of the disk when it fills: where exactly the server meets its end differs. */
const FREE_BYTES_SPAN = 256 * 1024;

/**
 * Fills the disk of a server, and makes room again. Servers may give up meanwhile: PostgreSQL when it can't
 * write its log, nats-server when it can't store a message. So both are as the operator's supervisor and the
 * operator's hand leave them: started again, with room.
 */
export function fillDisk(server: Server): Fault {
  return {
    name: `fill-${server}-disk`,
    needs: 'disks',
    strike: (cluster, random) =>
      cluster.hold([server], async () => {
        const disk = cluster.disk(server);
        try {
          await disk.fill(random.below(FREE_BYTES_SPAN));
          await Bun.sleep(FULL_MS_MIN + random.below(FULL_MS_SPAN));
        } finally {
          await disk.free();
        }
      }),
  };
}
