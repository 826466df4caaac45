import type { LogLevel } from './settings.ts';

/** What was logged in this thread since it started, for the metrics. */
export const lineCounts: {
  /** By level, whether they were written or stand behind a count. */
  readonly byLevel: Record<LogLevel, number>;
  /** Those that were not written themselves. */
  repeated: number;
} = {
  byLevel: { trace: 0, debug: 0, info: 0, warn: 0, error: 0, fatal: 0 },
  repeated: 0,
};
