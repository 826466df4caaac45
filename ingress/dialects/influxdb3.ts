import { ParameterReader } from '../write-parameters.ts';
import type { Dialect } from './dialect.ts';

/**
 * `no_sync` allows an answer before the points are on disk. Ingress answers afterwards all the same: whoever would rather not wait loses
 * nothing but the wait. Clients of InfluxDB 3 send `org` for the sake of version 2.
 */
const PARAMETERS = ['db', 'precision', 'accept_partial', 'no_sync', 'org'];

/** InfluxDB 3: `POST /api/v3/write_lp?db=`. */
export const influxdb3: Dialect = {
  name: 'influxdb3',
  path: '/api/v3/write_lp',

  readParameters(query) {
    const parameters = new ParameterReader(query, PARAMETERS);
    parameters.boolean('no_sync', false);
    return {
      database: parameters.database('db'),
      precisionNs: parameters.precisionOrAuto(),
      atomic: !parameters.boolean('accept_partial', true),
    };
  },

  failureBody: ({ message }) => ({ error: message }),

  rejectionBody: ({ accepted, rejected, errors }, { atomic }) => ({
    error: atomic
      ? 'parsing failed for write_lp endpoint'
      : 'partial write of line protocol occurred',
    data: errors.map(({ line, message, text }) => ({
      error_message: message,
      line_number: line,
      original_line: text,
    })),
    accepted,
    dropped: rejected,
  }),
};
