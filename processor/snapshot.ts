import {
  ask,
  type Bus,
  type MeasurementSummary,
  MessageError,
  querySubject,
  type SnapshotPart,
  type SnapshotQuery,
  type TimeWindow,
} from '@overseer/shared';
import type { Position } from './positions.ts';

export type MeasurementName = readonly [db: string, measurement: string];

/** What the store answers to `snapshot`, put together. */
export interface Snapshot {
  /** Every event up to these is in it, and of the rows it counts nothing else. */
  readonly positions: readonly Position[];
  readonly databases: readonly string[];
  readonly seriesNewWindow: TimeWindow;
  readonly measurements: readonly MeasurementSummary[];
}

/**
 * Asks the store for the catalogue as it is now.
 * @param names of these measurements; undefined: of all
 * @throws AnswerError, BusUnavailableError; MessageError when the answer is not what the contract says
 */
export async function askSnapshot(
  bus: Bus,
  names: readonly MeasurementName[] | undefined,
  signal: AbortSignal,
): Promise<Snapshot> {
  const query: SnapshotQuery = names ? { measurements: names } : {};
  const measurements: MeasurementSummary[] = [];
  let first: SnapshotPart | undefined;
  for await (const body of ask(bus, querySubject('snapshot'), query, { signal })) {
    const part = snapshotPart(body);
    first ??= part;
    measurements.push(...part.measurements);
  }
  if (!first?.positions || !first.databases || !first.seriesNewWindow) {
    throw new MessageError(
      'snapshot: its first part lacks positions, databases or seriesNewWindow',
    );
  }
  const { positions, databases, seriesNewWindow } = first;
  return { positions, databases, seriesNewWindow, measurements };
}

function snapshotPart(body: unknown): SnapshotPart {
  const part = body as Partial<SnapshotPart> | null;
  if (part?.kind !== 'snapshot' || !Array.isArray(part.measurements)) {
    throw new MessageError('snapshot: a part is not what the contract says');
  }
  return { ...part, kind: part.kind, measurements: part.measurements };
}
