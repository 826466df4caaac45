/**
 * The load of a fault run. Every value is a function of the seed, the series and the number of the
 * point, so what must be stored follows from how many points of each series were acknowledged: the
 * check is exact and nothing has to be remembered point by point.
 *
 * Of each series the points 0, 1, 2, … are sent in this order, by one sender that waits for the
 * acknowledgement. Among them are all the ways by which a point can meet one that is already there:
 *
 * - some are written again with other values or other fields, up to twice, in the same body or up
 * to   `REWRITE_DISTANCE_MAX` points later: the later write wins field by field;
 * - some lines are sent twice in a row;
 * - some neighbours have their times exchanged, so that the later one is older than its series'
 * newest.
 */

/** Time between two points of a series; a run of an hour stays below two days. */
const STEP_NS = 4_000_000_000n;
const REWRITE_DISTANCE_MAX = 8;
/** Points of a series after which another field appears, and how many appear in all. */
const POINTS_PER_LATE_FIELD = 60;
const LATE_FIELDS_MAX = 20;

/** Fields that a measurement can have, and how PostgreSQL prints them. */
export const FIELDS = [
  'float',
  'integer',
  'unsigned',
  'boolean',
  'string',
  ...Array.from({ length: LATE_FIELDS_MAX }, (_, index) => `late_${index}`),
] as const;

/** The field sets that points have, as indexes of FIELDS. */
const FIELD_SETS = [[0, 1], [0, 1, 2, 3, 4], [2, 4], [3]] as const;

/** Values of a row by field, as PostgreSQL prints them; a field that is missing is NULL. */
export type Row = ReadonlyMap<string, string>;

/**
 * Whether what was sent at the turn of a point counts. A fault that takes acknowledged points away, such as
 * a stream deleted before they were stored, knows whose turns they were.
 */
export type Counts = (turn: number) => boolean;

/** A series and the values of its points. */
export class Series {
  readonly database: string;
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly #seed: bigint;
  readonly #startNs: bigint;
  readonly #head: string;

  constructor(seed: bigint, startNs: bigint, database: string, measurement: string, id: string) {
    this.database = database;
    this.measurement = measurement;
    this.tags = { id, place: `C:\\x ${id}, "here"=`, ünïcode: 'ja' };
    this.#seed = Bun.hash.xxHash64(`${database}/${measurement}/${id}`, seed);
    this.#startNs = startNs;
    const tags = Object.entries(this.tags).map(
      ([key, value]) => `,${key}=${withBackslashes(value, /[,= ]/g)}`,
    );
    this.#head = withBackslashes(measurement, /[, ]/g) + tags.join('');
  }

  /** Time of point `number` in ns since 1970. Half of the series are finer than a microsecond. */
  timeNs(number: number): bigint {
    const pair = number >> 1;
    const exchanged = this.#draw('exchanged', pair) % 10n === 0n;
    const place = exchanged ? number ^ 1 : number;
    const fine = this.#draw('fine', 0) % 2n === 0n ? this.#draw('ns', place) % 1_000_000n : 0n;
    return this.#startNs + BigInt(place) * STEP_NS + fine;
  }

  /**
   * Lines that are sent when it is the turn of point `number`: the point and the rewrites that are
   * due.
   */
  lines(number: number): string[] {
    const lines = [this.#line(number, 0)];
    if (this.#draw('twice', number) % 15n === 0n) lines.push(this.#line(number, 0));
    for (let earlier = Math.max(0, number - 2 * REWRITE_DISTANCE_MAX); earlier <= number; earlier++)
      for (const [index, due] of this.#rewritesDue(earlier).entries())
        if (due === number) lines.push(this.#line(earlier, index + 1));
    return lines;
  }

  /**
   * The row of point `number`.
   * @param counts which turns left something behind.
   * @returns undefined when none did that wrote this point.
   */
  row(number: number, counts: Counts): Row | undefined {
    const writes = [number, ...this.#rewritesDue(number)];
    const row = new Map<string, string>();
    for (const [version, turn] of writes.entries())
      if (counts(turn))
        for (const [field, text] of this.#values(number, version)) row.set(field, text);
    return row.size === 0 ? undefined : row;
  }

  /** At the turn of which points this one is written again. */
  #rewritesDue(number: number): number[] {
    const drawn = this.#draw('rewrites', number);
    if (drawn % 6n !== 0n) return [];
    const distance = Number((drawn >> 8n) % BigInt(REWRITE_DISTANCE_MAX));
    return drawn % 12n === 0n ? [number + distance, number + 2 * distance] : [number + distance];
  }

  #line(number: number, version: number): string {
    const fields = this.#values(number, version).map(
      ([name, text]) => `${name}=${literal(name, text)}`,
    );
    return `${this.#head} ${fields.join(',')} ${this.timeNs(number)}\n`;
  }

  #values(number: number, version: number): [field: string, text: string][] {
    const drawn = this.#draw(`fields ${version}`, number);
    const fields: string[] = (FIELD_SETS[Number(drawn % 4n)] ?? []).map(
      (index) => FIELDS[index] ?? '',
    );
    const late = Math.floor(number / POINTS_PER_LATE_FIELD) - 1;
    if (late >= 0 && (drawn >> 8n) % 20n === 0n) fields.push(`late_${late % LATE_FIELDS_MAX}`);
    return fields.map((field) => [
      field,
      valueText(field, this.#draw(`${field} ${version}`, number)),
    ]);
  }

  #draw(what: string, number: number): bigint {
    return Bun.hash.xxHash64(`${what} ${number}`, this.#seed);
  }
}

/** A value of a field as PostgreSQL prints it. */
function valueText(field: string, drawn: bigint): string {
  switch (field) {
    case 'float':
      // Thousandths: the shortest text of such a number is the same in PostgreSQL and in
      // JavaScript.
      return String(Number(BigInt.asIntN(40, drawn)) / 1000);
    case 'unsigned':
      return String(BigInt.asUintN(64, drawn));
    case 'boolean':
      return drawn % 2n === 0n ? 'true' : 'false';
    case 'string':
      return `"${drawn.toString(36)}" \\, =\nü`;
    default:
      return String(BigInt.asIntN(64, drawn));
  }
}

/** The same value as line protocol writes it. */
function literal(field: string, text: string): string {
  switch (field) {
    case 'float':
    case 'boolean':
      return text;
    case 'unsigned':
      return `${text}u`;
    case 'string':
      return `"${withBackslashes(text, /["\\]/g)}"`;
    default:
      return `${text}i`;
  }
}

function withBackslashes(text: string, special: RegExp): string {
  return text.replace(special, '\\$&');
}
