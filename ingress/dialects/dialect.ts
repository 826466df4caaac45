import type { Failure } from '../errors.ts';
import type { WriteOutcome } from '../write-answer.ts';
import type { WriteParameters } from '../write-parameters.ts';

/** How one version of InfluxDB's API is spoken: what its parameters mean, and what its answers look like in JSON. */
export interface Dialect {
  /** For metrics. */
  readonly name: string;
  /** Of the endpoint that takes line protocol. */
  readonly path: string;
  /**
   * What a write asks for.
   * @throws RequestError that names what is missing, unknown or wrong
   */
  readParameters(query: URLSearchParams): WriteParameters;
  /** Body of the answer to a request that failed as a whole. */
  failureBody(failure: Failure): object;
  /** Body of the answer to a write with bad lines. */
  rejectionBody(outcome: WriteOutcome, parameters: WriteParameters): object;
}
