import type { QueryEnd } from '@overseer/shared';

/**
 * What a query took, in Prometheus' words where it has them; what the store does not know is left out. Times are seconds.
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function queryStats({ stats }: QueryEnd) {
  const { series, samples, peakSamples, bytes, seconds, waitSeconds } = stats;
  const timings =
    waitSeconds === undefined
      ? { execTotalTime: seconds }
      : {
          evalTotalTime: Math.max(0, seconds - waitSeconds),
          execQueueTime: waitSeconds,
          execTotalTime: seconds,
        };
  return {
    timings,
    samples: {
      totalQueryableSamples: samples,
      ...(peakSamples !== undefined && { peakSamples }),
    },
    seriesRead: series,
    bytesRead: bytes,
  };
}
