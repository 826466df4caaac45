/** A service's own metrics, written into Overseer itself. */
export * from './instance-name.ts';
export * from './self-metrics.ts';
export * from './settings.ts';
