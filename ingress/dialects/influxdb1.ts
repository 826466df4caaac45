import { describeOutcome } from '../write-answer.ts';
import { ParameterReader } from '../write-parameters.ts';
import type { Dialect } from './dialect.ts';
import { databaseOfPolicy } from './retention-policy.ts';

/** Overseer has one consistency; clients send it whether it matters or not. */
const PARAMETERS = ['db', 'precision', 'rp', 'consistency'];

/** InfluxDB 1.x: `POST /write?db=`. */
export const influxdb1: Dialect = {
  path: '/write',

  readParameters(query) {
    const parameters = new ParameterReader(query, PARAMETERS);
    return {
      database: databaseOfPolicy(parameters.database('db'), parameters.text('rp'), 'db/rp'),
      precisionNs: parameters.precision(),
      atomic: false,
    };
  },

  failureBody: ({ message }) => ({ error: message }),

  rejectionBody: (outcome) => ({
    error: describeOutcome(outcome),
    accepted: outcome.accepted,
    dropped: outcome.rejected,
    lines: outcome.errors,
  }),
};
