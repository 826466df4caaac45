import { DATABASE_NAME_BYTES_MAX } from '@overseer/shared';
import { RequestError } from './errors.ts';

const NS = 1n;
const US = 1000n;
const MS = 1_000_000n;
const S = 1_000_000_000n;

/** Nanoseconds of one unit of a timestamp, by the spellings of InfluxDB 1.x, 2.x and 3. */
const PRECISIONS_NS: ReadonlyMap<string, bigint> = new Map([
  ['n', NS],
  ['ns', NS],
  ['nanosecond', NS],
  ['u', US],
  ['us', US],
  ['\u00b5', US],
  ['\u00b5s', US],
  ['\u03bc', US],
  ['\u03bcs', US],
  ['microsecond', US],
  ['ms', MS],
  ['millisecond', MS],
  ['s', S],
  ['second', S],
  ['m', 60n * S],
  ['minute', 60n * S],
  ['h', 3600n * S],
  ['hour', 3600n * S],
]);

/**
 * Parameters of `POST /write`. Overseer has one retention policy and one consistency, and ingress asks for no password
 * yet; clients send these whether it matters or not.
 */
const PARAMETERS = ['db', 'precision', 'rp', 'consistency', 'u', 'p'] as const;

export interface WriteParameters {
  readonly database: string;
  /** Nanoseconds that one unit of a timestamp stands for. */
  readonly precisionNs: bigint;
}

/**
 * The parameters of a write, from its URL.
 * @throws RequestError that names what is missing, unknown or wrong
 */
export function readWriteParameters(url: string): WriteParameters {
  const { searchParams } = new URL(url);
  const unknown = new Set(searchParams.keys()).difference(new Set<string>(PARAMETERS));
  if (unknown.size > 0) {
    throw new RequestError(
      400,
      `unknown parameter ${[...unknown].map(quoted).join(', ')}; known are ${PARAMETERS.join(', ')}`,
    );
  }
  for (const name of PARAMETERS) {
    if (searchParams.getAll(name).length > 1) {
      throw new RequestError(400, `parameter ${name} is given more than once`);
    }
  }
  return {
    database: readDatabase(searchParams.get('db')),
    precisionNs: readPrecision(searchParams.get('precision')),
  };
}

function readDatabase(name: string | null): string {
  if (name === null || name === '') {
    throw new RequestError(
      400,
      'parameter db is missing: the database to write to, such as ?db=mydb',
    );
  }
  // URLs are decoded with a replacement character for what is no UTF-8.
  if (/[\0\ufffd]/.test(name)) {
    throw new RequestError(400, `db is ${quoted(name)}; it must be UTF-8 without NUL`);
  }
  const bytes = Buffer.byteLength(name);
  if (bytes > DATABASE_NAME_BYTES_MAX) {
    throw new RequestError(
      400,
      `db has ${bytes} bytes, the limit is ${DATABASE_NAME_BYTES_MAX}: ${quoted(name)}`,
    );
  }
  return name;
}

function readPrecision(text: string | null): bigint {
  if (text === null || text === '') return NS;
  const precision = PRECISIONS_NS.get(text);
  if (precision === undefined) {
    throw new RequestError(
      400,
      `precision is ${quoted(text)}; valid is one of ns, us, ms, s, m, h`,
    );
  }
  return precision;
}

/** Long enough to recognise what was sent. */
const QUOTED_LENGTH_MAX = 100;

function quoted(text: string): string {
  return JSON.stringify(
    text.length > QUOTED_LENGTH_MAX ? `${text.slice(0, QUOTED_LENGTH_MAX)}…` : text,
  );
}
