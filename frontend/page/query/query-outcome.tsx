import { MarkedExpression } from '../expression/marked-expression.tsx';
import { formatCount } from '../format.ts';
import type { QueryResult } from '../series/query-result.ts';

interface OutcomeProps {
  /** undefined: it is not asked. */
  readonly result: QueryResult | undefined;
}

/** How many series a query has come to. */
export function SeriesCount({ result, isHidden }: OutcomeProps & { readonly isHidden: boolean }) {
  return (
    <span class="query-count" data-testid="series-count" data-wrong={isWrong(result)}>
      {isHidden ? 'hidden' : countWords(result)}
    </span>
  );
}

function isWrong(result: QueryResult | undefined): boolean {
  return result?.failure.value !== undefined;
}

function countWords(result: QueryResult | undefined): string {
  if (!result) return '';
  if (result.failure.value) return 'error';
  if (!result.hasArrived.value) return '…';
  return formatCount(result.rows.value.length + result.omittedCount.value, 'series', 'series');
}

/** Why a query has no answer, with the place in its text. */
export function QueryError({ result }: OutcomeProps) {
  const failure = result?.failure.value;
  if (!result || !failure) return null;
  return (
    <div class="query-error" data-testid="query-error" role="alert">
      {failure.position && <MarkedExpression expr={result.expr} offset={failure.position.offset} />}
      <p>{failure.message}</p>
    </div>
  );
}
