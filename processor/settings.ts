import { host, LOG_SETTINGS, port, url } from '@overseer/shared';
import { SELF_METRICS_SETTINGS } from '@overseer/shared/self-metrics';

/** Everything that the processor takes from the environment; the table in the README is made from this. */
export const PROCESSOR_SETTINGS = {
  ...LOG_SETTINGS,
  ...SELF_METRICS_SETTINGS,
  natsUrl: url(
    'NATS_URL',
    'nats://127.0.0.1:4222',
    ['nats', 'tls'],
    'NATS servers, separated by commas',
  ),
  host: host('PROCESSOR_HOST', '127.0.0.1', 'address of the processor’s health and metrics'),
  port: port('PROCESSOR_PORT', 8088, 'port of the processor’s health and metrics'),
} as const;
