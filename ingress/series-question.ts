import {
  AnswerError,
  askToEnd,
  type Bus,
  decodeSeriesIds,
  encodeSeriesIds,
  KNOWN_SERIES_SUBJECT,
  type KnownSeriesEnd,
} from '@overseer/shared';

/** A store that takes longer had better be asked again when it is less busy. */
const ANSWER_WAIT_MAX_MS = 5000;

/**
 * Asks the store which of these series it has registered.
 * @throws AnswerError when it can't say
 */
export async function askKnownSeries(
  bus: Bus | undefined,
  ids: readonly bigint[],
): Promise<ReadonlySet<bigint>> {
  if (!bus) throw new AnswerError('unavailable', 'NATS is not there');
  const signal = AbortSignal.timeout(ANSWER_WAIT_MAX_MS);
  const request = { ids: encodeSeriesIds(ids) };
  const { known } = await askToEnd<KnownSeriesEnd>(bus, KNOWN_SERIES_SUBJECT, request, { signal });
  return new Set(decodeSeriesIds(known));
}
