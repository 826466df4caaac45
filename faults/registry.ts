import type { Fault } from './fault.ts';
import { kill } from './kill.ts';

/** Every fault, by the name that the command line takes. */
export const FAULTS: readonly Fault[] = [
  kill('ingress'),
  kill('store'),
  kill('nats'),
  kill('postgres'),
  kill('processor'),
  kill('frontend'),
];
