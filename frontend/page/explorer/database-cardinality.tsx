import type { Session } from '../session.ts';
import { formatAmount } from './amounts.ts';
import { Facts } from './facts.tsx';
import { useFetched } from './fetched.ts';
import { type Cardinality, cardinalityPath, type NamedCount } from './measurement-details.ts';

interface DatabaseCardinalityProps {
  readonly session: Session;
  readonly db: string;
}

/** Where the series of a database come from. */
export function DatabaseCardinality({ session, db }: DatabaseCardinalityProps) {
  const { data, problem } = useFetched<Cardinality>(cardinalityPath(db));
  return (
    <>
      {problem && (
        <p class="explorer-problem" role="alert">
          {problem}
        </p>
      )}
      {!data && !problem && <p class="explorer-note">Loading …</p>}
      {data && (
        <>
          <Facts
            facts={[
              { name: 'series', value: formatAmount(data.headStats.numSeries) },
              {
                name: 'pairs of label and value',
                value: formatAmount(data.headStats.numLabelPairs),
              },
            ]}
          />
          <Counts
            title="Metrics with the most series"
            counts={data.seriesCountByMetricName}
            onPick={(metric) => session.showMetric(metric)}
          />
          <Counts title="Labels with the most values" counts={data.labelValueCountByLabelName} />
          <Counts title="Pairs with the most series" counts={data.seriesCountByLabelValuePair} />
        </>
      )}
    </>
  );
}

interface CountsProps {
  readonly title: string;
  readonly counts: readonly NamedCount[];
  readonly onPick?: (name: string) => void;
}

/** Names with their counts, each with a bar as long as its part of the largest. */
function Counts({ title, counts, onPick }: CountsProps) {
  if (counts.length === 0) return null;
  const largest = Math.max(...counts.map(({ value }) => value));
  return (
    <section class="explorer-part">
      <h3>{title}</h3>
      <ul class="explorer-list explorer-bars">
        {counts.map(({ name, value }) => {
          const style = { '--share': `${(100 * value) / largest}%` };
          const content = (
            <>
              <span>{name}</span>
              <span class="explorer-count">{formatAmount(value)}</span>
            </>
          );
          return (
            <li key={name} style={style}>
              {onPick ? (
                <button type="button" title={`Draw ${name}`} onClick={() => onPick(name)}>
                  {content}
                </button>
              ) : (
                <div>{content}</div>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
