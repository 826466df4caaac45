import type { LineError, TimeBounds } from './line-error.ts';

const NEWLINE = 0x0a;

/** How lines of a body are to be read. */
export interface BodyOptions extends TimeBounds {
  /** Number that `database` gave. */
  readonly database: number;
  /** Nanoseconds of one unit of the timestamps; 0 to tell it from the size of each timestamp, as InfluxDB 3 does. */
  readonly precision: bigint;
  /** Nanoseconds since 1970: the time of lines without a timestamp, cut to the precision. */
  readonly nowNs: bigint;
  /** Most errors to list; further ones are only counted. */
  readonly errorsMax: number;
  /** Most physical lines: statements behind them are rejected. Any number when it is not given. */
  readonly linesMax?: number | undefined;
}

/** How far a body is parsed. */
export interface BodyProgress extends BodyOptions {
  /** Where parsing goes on, in bytes. */
  offset: number;
  /** Number of the physical line there, from 1. */
  line: number;
  /** Lines whose rows are in open blocks. */
  accepted: number;
  rejected: number;
  /** The first of the rejected lines. */
  readonly errors: LineError[];
}

/** The progress of a body of which nothing is parsed yet. */
export function startBody(options: BodyOptions): BodyProgress {
  return { ...options, offset: 0, line: 1, accepted: 0, rejected: 0, errors: [] };
}

/** Moves behind the next newline: the piece ended within a line that is not to be parsed. */
export function skipLine(body: Uint8Array, progress: BodyProgress): void {
  const newline = body.indexOf(NEWLINE, progress.offset);
  progress.offset = newline < 0 ? body.length : newline + 1;
  progress.line++;
}
