import {
  BATCH_BYTES_MAX,
  BATCH_VERSION,
  BATCH_VERSION_MIN,
  type Bus,
  BusUnavailableError,
  FORMAT_METADATA,
  type Logger,
  PARTITIONS_MAX,
  PARTITIONS_METADATA,
  POINTS_STREAM,
  pointsSubject,
  type StreamState,
} from '@overseer/shared';
import type { Readiness } from './readiness.ts';

/** A recreated stream is noticed within this time, and no announcement is confirmed sooner. */
const CHECK_INTERVAL_MS = 1000;
/** While there is none that can be written to, clients wait for the next look. */
const MISSING_CHECK_INTERVAL_MS = 200;

/** The stream that batches go to, as a check has found it. */
export interface VerifiedStream {
  /** Creation time: tells the stream from a later one of the same name. */
  readonly created: string;
  readonly partitions: number;
  /** The newest version of the batch format that its stores read. */
  readonly format: number;
  /** The check started with this number of checks before it. */
  readonly check: number;
}

/** Looks at the stream of points again and again: whether it is there, as Overseer needs it, and still the same one. */
export class PointsStream {
  readonly #bus: Bus;
  readonly #readiness: Readiness;
  readonly #onVerified: (stream: VerifiedStream) => void;
  readonly #log: Logger;
  #checks = 0;
  #problem = '';
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    bus: Bus,
    readiness: Readiness,
    onVerified: (stream: VerifiedStream) => void,
    log: Logger,
  ) {
    this.#bus = bus;
    this.#readiness = readiness;
    this.#onVerified = onVerified;
    this.#log = log;
  }

  /** How many checks have started. What happened before a check started, the check vouches for. */
  get checks(): number {
    return this.#checks;
  }

  start(): void {
    this.#bus.onReconnect(() => {
      this.#miss('the stream of points is being checked again');
      void this.#check();
    });
    void this.#check();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    clearTimeout(this.#timer);
    const check = this.#checks++;
    try {
      const state = this.#bus.connected ? await this.#bus.stream(POINTS_STREAM) : undefined;
      // A later check, started by a reconnect, knows better.
      if (this.#stopped || this.#checks !== check + 1) return;
      if (this.#bus.connected) this.#judge(state, check);
    } catch (error) {
      if (this.#stopped || this.#checks !== check + 1) return;
      if (!(error instanceof BusUnavailableError)) this.#log.error({ err: error }, 'stream check');
      this.#miss(error instanceof Error ? error.message : String(error));
    }
    const intervalMs = this.#problem === '' ? CHECK_INTERVAL_MS : MISSING_CHECK_INTERVAL_MS;
    this.#timer = setTimeout(() => void this.#check(), intervalMs);
  }

  #judge(state: StreamState | undefined, check: number): void {
    const problem = findProblem(state, this.#bus.payloadBytesMax);
    if (!state || problem) {
      this.#miss(problem ?? '');
      return;
    }
    this.#problem = '';
    this.#onVerified({
      created: state.created,
      partitions: readPartitions(state) ?? 1,
      format: readFormat(state) ?? BATCH_VERSION_MIN,
      check,
    });
    this.#readiness.satisfy('stream');
  }

  #miss(problem: string): void {
    if (problem !== this.#problem)
      this.#log.warn({ problem }, 'the stream of points is not usable');
    this.#problem = problem;
    this.#readiness.miss('stream', problem);
  }
}

/** Why batches must not go to this stream, or undefined. */
export function findProblem(
  state: StreamState | undefined,
  payloadBytesMax: number,
): string | undefined {
  if (!state) return `there is no stream ${POINTS_STREAM}; the store makes it`;
  if (payloadBytesMax < BATCH_BYTES_MAX) {
    return `max_payload of the NATS server is ${payloadBytesMax}, it must be ${BATCH_BYTES_MAX} or more`;
  }
  const stream = `stream ${POINTS_STREAM}`;
  if (!state.onFile) return `${stream} is kept in memory, it must be on file`;
  if (!state.limitsRetention) return `${stream} must have the retention "limits"`;
  if (!state.discardsNew) {
    return `${stream} drops old messages when it is full, it must refuse new ones ("discard new")`;
  }
  if (readFormat(state) === undefined) {
    const text = state.metadata[FORMAT_METADATA] ?? '';
    return `${stream} is for batches of format "${text}", this ingress writes ${BATCH_VERSION_MIN} to ${BATCH_VERSION}`;
  }
  const partitions = readPartitions(state);
  if (partitions === undefined) {
    const text = state.metadata[PARTITIONS_METADATA] ?? '';
    return `${stream} has "${text}" partitions in its metadata, a power of two up to ${PARTITIONS_MAX} is needed`;
  }
  const missing = Array.from({ length: partitions }, (_, partition) =>
    pointsSubject(partition),
  ).find((subject) => !state.subjects.some((pattern) => matches(pattern, subject)));
  return missing && `${stream} does not take the subject ${missing}`;
}

/** The newest version of the batch format that the stores of this stream read, if ingress writes it. */
function readFormat(state: StreamState): number | undefined {
  const format = Number(state.metadata[FORMAT_METADATA]);
  return format === BATCH_VERSION || format === BATCH_VERSION_MIN ? format : undefined;
}

function readPartitions(state: StreamState): number | undefined {
  const partitions = Number(state.metadata[PARTITIONS_METADATA]);
  const isPowerOfTwo = Number.isInteger(Math.log2(partitions));
  return isPowerOfTwo && partitions >= 1 && partitions <= PARTITIONS_MAX ? partitions : undefined;
}

/** Whether a subject falls under a stream's subject, which may end in a wildcard. */
function matches(pattern: string, subject: string): boolean {
  return pattern === subject || /^(?:points\.[*>]|>)$/.test(pattern);
}
