import { formatAge, formatTime } from '../format.ts';
import type { Session } from '../session.ts';
import { formatAmount, formatShare } from './amounts.ts';
import { BusiestSeries } from './busiest-series.tsx';
import { type Fact, Facts } from './facts.tsx';
import { useFetched } from './fetched.ts';
import { FieldList } from './field-list.tsx';
import { filterBy, showSeries } from './filtering.ts';
import {
  type CatalogueAnswer,
  detailsPath,
  type MeasurementDetails,
} from './measurement-details.ts';
import { TagValues } from './tag-values.tsx';

interface MeasurementFactsProps {
  readonly session: Session;
  readonly db: string;
  readonly measurement: string;
}

/** How much is written to a measurement, its fields, its tags with their values, and its busiest series. */
export function MeasurementFacts({ session, db, measurement }: MeasurementFactsProps) {
  const { data, problem } = useFetched<CatalogueAnswer>(detailsPath(db, measurement));
  const details = data?.databases[0]?.measurements[0];
  return (
    <>
      {problem && (
        <p class="explorer-problem" role="alert">
          {problem}
        </p>
      )}
      {!details && !problem && (
        <p class="explorer-note">{data ? 'There is no such measurement.' : 'Loading …'}</p>
      )}
      {details && (
        <>
          <Facts facts={factsOf(details, session.clock.nowMs.value)} />
          <FieldList
            fields={details.fields}
            exprs={session.view.value.panel.queries.map(({ expr }) => expr)}
            onPick={(metric) => session.showMetric(metric)}
          />
          {details.tags.map((tag) => (
            <TagValues
              key={tag.key}
              tag={tag}
              onPick={(value) => filterBy(session, details, tag.key, value)}
            />
          ))}
          <BusiestSeries
            busiest={details.busiest}
            onPick={(labels) => showSeries(session, details, labels)}
          />
        </>
      )}
    </>
  );
}

function factsOf(details: MeasurementDetails, nowMs: number): Fact[] {
  const { newestMs, firstWriteMs, rowsPerSecond, seriesNewPerHour, lateShare } = details;
  return [
    { name: 'series', value: formatAmount(details.seriesCount) },
    { name: 'new series an hour', value: formatAmount(seriesNewPerHour) },
    { name: 'points a second', value: formatAmount(rowsPerSecond['1m']), note: 'last minute' },
    { name: 'points a second', value: formatAmount(rowsPerSecond['10m']), note: 'last 10 minutes' },
    {
      name: 'points written',
      value: formatAmount(details.rows),
      note: `since ${formatTime(details.countedSinceMs, nowMs)}`,
    },
    { name: 'late or repeated', value: formatShare(lateShare) },
    { name: 'newest sample', value: newestMs === null ? '–' : formatAge(nowMs - newestMs) },
    {
      name: 'first written',
      value: firstWriteMs === null ? '–' : formatTime(firstWriteMs, nowMs),
    },
  ];
}
