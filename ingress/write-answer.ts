import type { LineError } from '@overseer/wasm';

/** Bad lines that an answer lists; all of them are counted. */
export const LINE_ERRORS_LISTED_MAX = 100;

/** What became of the lines of a request. */
export interface WriteOutcome {
  /** Lines that are stored. */
  readonly accepted: number;
  /** Bad lines. */
  readonly rejected: number;
  /** The first of the rejected lines, up to LINE_ERRORS_LISTED_MAX. */
  readonly errors: readonly LineError[];
}

/**
 * One sentence in the words of InfluxDB 1.x: agents look for "partial write", "unable to parse" and "field type
 * conflict" in it, and for the number behind "dropped=".
 */
export function describeOutcome({ accepted, rejected, errors }: WriteOutcome): string {
  const [first] = errors;
  const parts = [accepted > 0 ? 'partial write:' : 'write failed:'];
  if (first) {
    parts.push(
      first.code === 'type-conflict'
        ? `field type conflict: ${first.message}`
        : `unable to parse '${first.text}': ${first.message}`,
      `(line ${first.line})`,
    );
  }
  if (rejected > 1) parts.push(`and ${rejected - 1} more`);
  return `${parts.join(' ')} dropped=${rejected}`;
}
