/** Names of what the services meet on; docs/contracts.md explains each. */
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

export const POINTS_STREAM = 'POINTS';
export const STORED_STREAM = 'STORED';
export const DEAD_STREAM = 'DEAD';

export const SCHEMA_BUCKET = 'overseer_schema';
export const CONTROL_BUCKET = 'overseer_control';
export const DASHBOARDS_BUCKET = 'overseer_dashboards';

export const INSTALLATION_KEY = 'installation';
/** Key of CONTROL_BUCKET: changes when ingress must announce every series again. */
export const ANNOUNCEMENTS_KEY = 'announcements';
/** Key of CONTROL_BUCKET: how long points are kept. */
export const RETENTIONS_KEY = 'retentions';
/** Key of CONTROL_BUCKET: signs the sessions of people, with every frontend alike. */
export const SESSION_SECRET_KEY = 'session-secret';
/** Key of CONTROL_BUCKET: which processor tells updates. */
export const PROCESSOR_LEASE_KEY = 'processor-lease';

/** Stream metadata: the number of partitions, and the version of the batch format. */
export const PARTITIONS_METADATA = 'overseer-partitions';
export const FORMAT_METADATA = 'overseer-format';

/** Stream metadata: when the stream was made, and random digits; tells it from another one of its name. */
export const CREATED_METADATA = 'overseer-created';

export const PARTITIONS_MAX = 32;
export const DATABASE_NAME_BYTES_MAX = 128;
/** Measurements, tag keys and fields. */
export const NAME_BYTES_MAX = 512;

/** Forms of the subjects below, as traces name them. */
export const POINTS_SUBJECTS = 'points.{partition}';
export const STORED_SUBJECTS = 'stored.{partition}';

export const pointsSubject = (partition: number) => `points.${partition}`;
export const storedSubject = (partition: number) => `stored.${partition}`;
export const deadSubject = (partition: number) => `dead.${partition}`;
export const watermarkKey = (partition: number) => `watermark.${partition}`;
export const collisionKey = (series: bigint) =>
  `collision.${BigInt.asUintN(64, series).toString(16).padStart(16, '0')}`;
export const schemaKey = (database: string, measurement: string) =>
  `${encodeName(database)}.${encodeName(measurement)}`;
/** Says that a database exists, also one without measurements. */
export const databaseKey = (database: string) => encodeName(database);

const PLAIN = /^[A-Za-z0-9_-]+$/;

/** A name as one token of a KV key: letters, digits, `_` and `-` as they are, any other byte as `=XX`. */
export function encodeName(name: string): string {
  if (PLAIN.test(name)) return name;
  let token = '';
  for (const byte of encodeUtf8(name)) {
    const char = String.fromCharCode(byte);
    token += PLAIN.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token;
}

/** The name that encodeName made this token of. @throws Error when it made none such. */
export function decodeName(token: string): string {
  if (!/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(token)) {
    throw new Error(`"${token}" is no encoded name`);
  }
  const bytes: number[] = [];
  for (let i = 0; i < token.length; i++) {
    if (token[i] === '=') {
      bytes.push(Number.parseInt(token.slice(i + 1, i + 3), 16));
      i += 2;
    } else {
      bytes.push(token.charCodeAt(i));
    }
  }
  return decodeUtf8(Uint8Array.from(bytes));
}

/** What a key of the schema bucket is of: a measurement, or the database alone. */
export interface SchemaName {
  readonly database: string;
  readonly measurement?: string;
}

/** Database and measurement of a key of the schema bucket. @throws Error when it is none */
export function decodeSchemaKey(key: string): SchemaName {
  const [database = '', measurement, ...rest] = key.split('.');
  if (rest.length > 0) throw new Error(`"${key}" is no key of ${SCHEMA_BUCKET}`);
  const name = { database: decodeName(database) };
  return measurement === undefined ? name : { ...name, measurement: decodeName(measurement) };
}

/** Which partition of `partitions` (a power of two) the series belongs to: the highest bits of its id. */
export function partitionOfSeries(series: bigint, partitions: number): number {
  return Number(BigInt.asUintN(64, series) >> BigInt(64 - Math.log2(partitions)));
}
