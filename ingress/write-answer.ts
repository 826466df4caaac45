import type { LineError } from '@overseer/wasm';

/** Bad lines that an answer lists; all of them are counted. */
export const LINE_ERRORS_LISTED_MAX = 100;

/** What became of the lines of a request whose good lines are stored. */
export interface WriteOutcome {
  readonly accepted: number;
  readonly rejected: number;
  /** The first of the rejected lines, up to LINE_ERRORS_LISTED_MAX. */
  readonly errors: readonly LineError[];
}

/** The answer to a write: 204, or 400 with the lines that were not stored. */
export function writeAnswer(outcome: WriteOutcome): Response {
  if (outcome.rejected === 0) return new Response(null, { status: 204 });
  const body = {
    error: describe(outcome),
    accepted: outcome.accepted,
    dropped: outcome.rejected,
    lines: outcome.errors,
  };
  return Response.json(body, { status: 400 });
}

/**
 * One sentence in the words of InfluxDB 1.x: agents look for "partial write", "unable to parse" and "field type
 * conflict" in it, and for the number behind "dropped=".
 */
function describe({ accepted, rejected, errors }: WriteOutcome): string {
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
