import type { BucketEntry } from '@overseer/shared';
import type { DashboardSpec } from '../model/dashboard-spec.ts';
import { DashboardFileError, readDashboardFile } from './dashboard-file.ts';
import { DASHBOARD_VERSION } from './protocol.ts';

/** One save of a dashboard, as the bucket has it. */
export interface SavedDashboard {
  readonly id: string;
  readonly revision: number;
  readonly spec: DashboardSpec;
  /** Name of a token; null where nobody has to say who they are. */
  readonly savedBy: string | null;
  readonly savedAtMs: number;
  /** A deletion is a save as well, so that it has an author, and a title to be found again by. */
  readonly isDeleted: boolean;
}

/** An entry of the bucket that this release can't read. */
export class UnreadableDashboardError extends Error {
  override name = 'UnreadableDashboardError';
}

export function encodeDashboard(saved: Omit<SavedDashboard, 'id' | 'revision'>): Uint8Array {
  const { spec, savedBy, savedAtMs, isDeleted } = saved;
  const value = { v: DASHBOARD_VERSION, spec, savedBy, savedAtMs, isDeleted };
  return new TextEncoder().encode(JSON.stringify(value));
}

/**
 * What the bucket has of a dashboard.
 * @returns undefined when the key has been purged
 * @throws UnreadableDashboardError
 */
export function decodeDashboard({ key, value, revision }: BucketEntry): SavedDashboard | undefined {
  if (!value) return undefined;
  try {
    const parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));
    const { savedBy, savedAtMs, isDeleted, ...file } = parsed as Partial<SavedDashboard>;
    return {
      id: key,
      revision,
      spec: readDashboardFile(file),
      savedBy: typeof savedBy === 'string' ? savedBy : null,
      savedAtMs: typeof savedAtMs === 'number' ? savedAtMs : 0,
      isDeleted: isDeleted === true,
    };
  } catch (cause) {
    const isKnown =
      cause instanceof DashboardFileError ||
      cause instanceof SyntaxError ||
      cause instanceof TypeError;
    if (!isKnown) throw cause;
    const message = `what is saved of the dashboard ${JSON.stringify(key)} can't be read: ${cause.message}`;
    throw new UnreadableDashboardError(message, { cause });
  }
}
