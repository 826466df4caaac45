import { type Bus, BusUnavailableError } from '@overseer/shared';
import type { LeaseNews } from './leases.ts';

/** Stores alone speak here: an empty message means that leases changed. */
const SUBJECT = 'store.leases';
const EMPTY = new Uint8Array();

/** Word among stores by NATS; without NATS they look by themselves, a little later. */
export function leaseNews(bus: Bus): LeaseNews {
  return {
    tell: () => {
      try {
        bus.send(SUBJECT, EMPTY);
      } catch (error) {
        if (!(error instanceof BusUnavailableError)) throw error;
      }
    },
    listen: (onNews) => bus.listen(SUBJECT, onNews),
  };
}
