import type { CardinalityList, CardinalityPart } from '@overseer/shared';

/**
 * Where the series of a database come from, in the shape of Prometheus' `status/tsdb`. What has no meaning here is 0: there are no chunks,
 * and without points no times.
 */
export function tsdbJson(parts: readonly CardinalityPart[]): string {
  const head = parts.find((part) => part.head)?.head;
  const items = (list: CardinalityList) =>
    parts.flatMap((part) => (part.list === list ? (part.items ?? []) : []));
  const data = {
    headStats: {
      numSeries: head?.seriesCount ?? 0,
      numLabelPairs: head?.labelPairCount ?? 0,
      chunkCount: 0,
      minTime: head?.minMs ?? 0,
      maxTime: head?.maxMs ?? 0,
    },
    seriesCountByMetricName: items('seriesByMetric'),
    labelValueCountByLabelName: items('valuesByLabel'),
    memoryInBytesByLabelName: items('bytesByLabel'),
    seriesCountByLabelValuePair: items('seriesByLabelPair'),
  };
  return JSON.stringify({ status: 'success', data });
}
