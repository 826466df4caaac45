import { describeOutcome } from '../write-answer.ts';
import { ParameterReader } from '../write-parameters.ts';
import type { Dialect } from './dialect.ts';
import { databaseOfPolicy } from './retention-policy.ts';

/** Overseer has one consistency; clients send it whether it matters or not. */
const PARAMETERS = ['db', 'precision', 'rp', 'consistency'];

/**
 * On these words Telegraf makes its database and sends the same points again, for ever. They may stand in the line of a client, which a
 * sentence quotes: with a space that does not break they are other words, and read the same.
 */
const TELEGRAF_SENDS_AGAIN = 'database not found';
const READS_THE_SAME = 'database not\u00a0found';

/** InfluxDB 1.x: `POST /write?db=`. */
export const influxdb1: Dialect = {
  name: 'influxdb1',
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
    error: describeOutcome(outcome).replaceAll(TELEGRAF_SENDS_AGAIN, READS_THE_SAME),
    accepted: outcome.accepted,
    dropped: outcome.rejected,
    lines: outcome.errors,
  }),
};
