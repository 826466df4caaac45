import { type OtlpReceiver, type ReceivedSpan, waitUntil } from '@overseer/local/testing';
import type { Figures } from '../harness.ts';

/** Settings by which Overseer records the traces that are asked for, and no other. */
export const TRACES_ASKED_FOR = { OTEL_TRACES_SAMPLER: 'parentbased_always_off' };

const DEADLINE_MS = 30_000;

/** The times of `explainTime`, whose sum is the answer's. */
export const TIME_SHARES = ['readMs', 'evaluateMs', 'encodeMs', 'otherMs'] as const;

/**
 * Asks a question once more and tells by its trace where the time went: reading, while at least one COPY was under way, PostgreSQL and
 * the decoding of its rows by turns; the evaluation besides; encoding, from the end of the store's answer to the last byte of the JSON; and
 * what is left: parsing, the turn, series that are new, NATS.
 * @param ask sends these headers along, and is done when all of the answer is here
 */
export async function explainTime(
  receiver: OtlpReceiver,
  ask: (headers: Record<string, string>) => Promise<unknown>,
): Promise<Figures> {
  const traceId = digits(16);
  const startedAt = performance.now();
  await ask({ traceparent: `00-${traceId}-${digits(8)}-01` });
  const answeredMs = performance.now() - startedAt;
  const find = (name: RegExp) => receiver.trace(traceId).find((span) => name.test(span.name));
  // The last of their services to end, which are sent together with those before.
  const isComplete = () => [/^request query/, /^process query/].every(find);
  await waitUntil(isComplete, { what: `spans of trace ${traceId}`, deadlineMs: DEADLINE_MS });
  const requestMs = spanMs(find(/^request query/));
  const evaluationMs = spanMs(find(/^evaluate$/));
  const copies = receiver.trace(traceId).filter(({ name }) => name.startsWith('COPY '));
  const readMs = coveredMs(copies);
  return {
    readMs,
    evaluateMs: evaluationMs - readMs,
    encodeMs: answeredMs - requestMs,
    otherMs: requestMs - evaluationMs,
    statements: copies.length,
  };
}

/** How long at least one of the spans was under way. */
export function coveredMs(spans: readonly Pick<ReceivedSpan, 'startNs' | 'endNs'>[]): number {
  let covered = 0;
  let untilNs = 0n;
  for (const { startNs, endNs } of spans.toSorted((a, b) => Number(a.startNs - b.startNs))) {
    const fromNs = startNs > untilNs ? startNs : untilNs;
    if (endNs <= fromNs) continue;
    covered += lengthMs(fromNs, endNs);
    untilNs = endNs;
  }
  return covered;
}

function spanMs(span: ReceivedSpan | undefined): number {
  if (span === undefined) throw new Error('a question was answered without being evaluated');
  return lengthMs(span.startNs, span.endNs);
}

function lengthMs(startNs: bigint, endNs: bigint): number {
  return Number(endNs - startNs) / 1e6;
}

function digits(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');
}
