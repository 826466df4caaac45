/** A service's own metrics, written into Overseer itself. */
export { instanceName } from '../instance.ts';
export * from './self-metrics.ts';
export * from './settings.ts';
