import type { Fault } from './fault.ts';
import { jumpClock, leaseFromTheFuture } from './kinds/clocks.ts';
import { fillDisk } from './kinds/disks.ts';
import { dropMeasurement } from './kinds/drops.ts';
import { kill, killStore } from './kinds/kill.ts';
import {
  cut,
  cutWhileCopying,
  silence,
  slow,
  strand,
  strandWhileCopying,
} from './kinds/network.ts';
import { pause, pauseStore } from './kinds/pause.ts';
import {
  exhaustConnections,
  killBackend,
  lockTables,
  pauseBackend,
  restartWhileCopying,
} from './kinds/postgres.ts';
import { killLeader, pauseLeader } from './kinds/processors.ts';
import {
  deleteControl,
  deletePoints,
  deleteSchema,
  deleteStored,
  loseUnstored,
  repartition,
} from './kinds/streams.ts';

const STORE_TO_POSTGRES = { service: 'store', server: 'postgres' } as const;
const STORE_TO_NATS = { service: 'store', server: 'nats' } as const;
const INGRESS_TO_NATS = { service: 'ingress', server: 'nats' } as const;
const WAYS = [STORE_TO_POSTGRES, STORE_TO_NATS, INGRESS_TO_NATS];

/** Every fault, by the name that the command line takes. */
export const FAULTS: readonly Fault[] = [
  kill('ingress'),
  killStore,
  kill('nats'),
  kill('postgres'),
  kill('processor'),
  killLeader,
  kill('frontend'),
  pause('ingress'),
  pauseStore,
  pause('nats'),
  pause('postgres'),
  pause('processor'),
  pauseLeader,
  pause('frontend'),
  killBackend,
  pauseBackend,
  restartWhileCopying('fast'),
  restartWhileCopying('immediate'),
  exhaustConnections,
  lockTables,
  cutWhileCopying,
  ...WAYS.map(cut),
  ...WAYS.map(silence),
  ...WAYS.map(strand),
  strandWhileCopying,
  ...WAYS.map(slow),
  deleteStored,
  deleteSchema,
  deleteControl,
  deletePoints,
  loseUnstored,
  repartition,
  dropMeasurement,
  fillDisk('postgres'),
  fillDisk('nats'),
  jumpClock('store'),
  jumpClock('ingress'),
  jumpClock('processor'),
  jumpClock('postgres'),
  leaseFromTheFuture,
];
