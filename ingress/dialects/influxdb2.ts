import { describeOutcome } from '../write-answer.ts';
import { ParameterReader } from '../write-parameters.ts';
import type { Dialect } from './dialect.ts';
import { databaseOfBucket } from './retention-policy.ts';

/** Overseer has no organisations and one consistency; clients send them all the same. */
const PARAMETERS = ['bucket', 'precision', 'org', 'orgID', 'consistency'];

/** InfluxDB's name of a status. */
const CODES: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  405: 'method not allowed',
  413: 'request too large',
  415: 'unsupported media type',
  500: 'internal error',
  503: 'unavailable',
};

/** InfluxDB 2: `POST /api/v2/write?bucket=`. */
export const influxdb2: Dialect = {
  name: 'influxdb2',
  path: '/api/v2/write',

  readParameters(query) {
    const parameters = new ParameterReader(query, PARAMETERS);
    return {
      database: databaseOfBucket(parameters.database('bucket')),
      precisionNs: parameters.precision(),
      atomic: false,
    };
  },

  failureBody: ({ status, message }) => ({ code: CODES[status] ?? 'internal error', message }),

  // `line` is one number, that of the first bad line.
  rejectionBody: (outcome) => ({
    code: 'invalid',
    message: describeOutcome(outcome),
    line: outcome.errors[0]?.line,
    accepted: outcome.accepted,
    dropped: outcome.rejected,
    lines: outcome.errors,
  }),
};
