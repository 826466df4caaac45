import { lengthOf, rangeWords } from '../../model/time-frame.ts';
import { MarkedExpression } from '../expression/marked-expression.tsx';
import { formatAge } from '../format.ts';
import type { QueryFailure } from '../series/query-result.ts';
import type { Session } from '../session.ts';
import { outsideHint } from '../time/outside-hint.ts';
import type { Panel } from './panel.ts';
import type { PanelProps } from './panel-props.ts';

/** What there is to say about the chart, above it: it never moves what is below. */
export function Notices({ session, panel }: PanelProps) {
  const wanted = panel.results.wanted.value;
  const charted = panel.results.charted.value;
  if (!wanted) return <NothingPicked session={session} />;
  const hasPoints = wanted === charted && wanted.hasValues.value;
  const failed = wanted.failed.value;
  const failure = failed?.failure.value;
  if (failed && failure) {
    const hasOthers = hasPoints && wanted.results.length > 1;
    if (hasPoints && failure.retrying) {
      const text = `Not up to date: ${failure.message}`;
      return <Banner text={text} age={ageOf(session, panel)} isRetrying />;
    }
    if (hasOthers) return <Banner text={`${failed.expr}: ${failure.message}`} />;
    return <FailureNotice failure={failure} expr={failed.expr} />;
  }
  const isLost = session.live.state.value === 'reconnecting';
  if (isLost) {
    const text = 'The connection is lost: this is what came before';
    return <Banner text={text} age={ageOf(session, panel)} isRetrying />;
  }
  if (!wanted.hasArrived.value) return charted ? null : <Loading />;
  return hasPoints ? null : <Empty session={session} panel={panel} />;
}

interface BannerProps {
  readonly text: string;
  /** Of what is drawn; undefined: it has none. */
  readonly age?: string | undefined;
  readonly isRetrying?: boolean;
}

function Banner({ text, age, isRetrying = false }: BannerProps) {
  return (
    <p class="banner" data-testid="banner" role="status">
      {text}
      {isRetrying && ' · trying again …'}
      {age !== undefined && (
        // It changes every second, which nobody wants to be read out.
        <span data-testid="drawn-age" aria-live="off">
          {' · '}drawn {age} ago
        </span>
      )}
    </p>
  );
}

/** How long ago a live chart got its newest step: samples may have come since that it does not show. */
function ageOf(session: Session, panel: Panel): string | undefined {
  const newestMs = panel.results.charted.value?.newestMs;
  if (panel.frame.value.kind !== 'rolling' || newestMs === undefined) return undefined;
  const age = formatAge(session.clock.nowMs.value - newestMs);
  return age === 'now' ? undefined : age;
}

function Loading() {
  return <p class="notice loading">Loading …</p>;
}

interface FailureNoticeProps {
  readonly failure: QueryFailure;
  readonly expr: string;
}

function FailureNotice({ failure, expr }: FailureNoticeProps) {
  return (
    <div class="notice failure" data-testid="error" data-kind={failure.error} role="alert">
      <h3>{TITLES[failure.error]}</h3>
      {failure.position && <MarkedExpression expr={expr} offset={failure.position.offset} />}
      <p>{failure.message}</p>
      {failure.position && (
        <p class="failure-place">
          line {failure.position.line}, column {failure.position.column}
        </p>
      )}
      {failure.retrying && <p class="failure-place">Trying again …</p>}
    </div>
  );
}

const TITLES: Readonly<Record<QueryFailure['error'], string>> = {
  bad_data: 'This expression can’t be read',
  unsupported: 'Not supported',
  execution: 'These data have no answer',
  limit: 'Too much for one chart',
  timeout: 'This took too long',
  canceled: 'The question was given up',
  unavailable: 'No answer at the moment',
  internal: 'Something broke in the server',
};

/** Nothing in the range; when it is known where there is something, a way there. */
function Empty({ session, panel }: PanelProps) {
  const frame = panel.frame.value;
  const nowMs = session.clock.nowMs.value;
  const hint = outsideHint(frame, panel.newestMs.value, nowMs);
  const isOver = frame.kind === 'fixed' && frame.toMs < nowMs;
  return (
    <div class="notice" data-testid="empty">
      <h3>
        No data in{' '}
        {frame.kind === 'fixed' ? 'this time' : `the last ${rangeWords(lengthOf(frame))}`}
      </h3>
      <p>
        <code>{panel.text.value}</code>{' '}
        {isOver ? 'has no samples here.' : 'appears here as soon as there is some.'}
      </p>
      {hint?.words && <p data-testid="outside">{hint.words}</p>}
      {hint && (
        <button
          type="button"
          data-testid="look-there"
          onClick={() => session.time.show(hint.frame)}
        >
          {hint.action}
        </button>
      )}
    </div>
  );
}

function NothingPicked({ session }: { readonly session: Session }) {
  const isKnown = session.catalogue.databases.value !== undefined;
  if (!isKnown) return session.catalogue.error.value ? null : <Loading />;
  return (
    <div class="notice" data-testid="empty">
      <h3>Nothing to draw</h3>
      <p>Pick a field, or write an expression.</p>
    </div>
  );
}
