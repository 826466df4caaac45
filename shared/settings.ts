/** Settings come from the environment alone; each is checked when the program starts. */

export interface Setting<T> {
  readonly variable: string;
  /** As one would write it in the environment; undefined when the setting may be absent. */
  readonly fallback: string | undefined;
  /** One line for the table in the README. */
  readonly help: string;
  /** What a valid value looks like, for the error. */
  readonly valid: string;
  readonly secret: boolean;
  /** The value, or undefined when the text is not valid. */
  parse(text: string): T | undefined;
}

export type Settings<S extends Record<string, Setting<unknown>>> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** The operator's mistake: the program refuses to start. The message names the variable, what it got and a valid value. */
export class SettingError extends Error {
  override name = 'SettingError';
}

/**
 * Reads every setting of a program.
 * @throws SettingError with all the invalid variables, one a line.
 */
export function readSettings<S extends Record<string, Setting<unknown>>>(
  settings: S,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Settings<S> {
  const values: Record<string, unknown> = {};
  const errors: string[] = [];
  for (const [key, setting] of Object.entries(settings)) {
    const given = environment[setting.variable];
    const text = given === undefined || given === '' ? setting.fallback : given;
    if (text === undefined) continue;
    const value = setting.parse(text);
    if (value === undefined) {
      const got = setting.secret ? 'a value that is not shown' : `"${text}"`;
      errors.push(`${setting.variable} is ${got}; valid is ${setting.valid}`);
    }
    values[key] = value;
  }
  if (errors.length > 0) throw new SettingError(errors.join('\n'));
  return values as Settings<S>;
}

function setting<T>(
  variable: string,
  fallback: string | undefined,
  help: string,
  valid: string,
  parse: (text: string) => T | undefined,
): Setting<T> {
  return { variable, fallback, help, valid, secret: false, parse };
}

export function integer(
  variable: string,
  fallback: number,
  range: { min: number; max: number },
  help: string,
): Setting<number> {
  const valid = `a whole number from ${range.min} to ${range.max}, such as ${fallback}`;
  return setting(variable, String(fallback), help, valid, (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= range.min && value <= range.max ? value : undefined;
  });
}

/** A TCP port; 0 lets the system choose one. */
export function port(variable: string, fallback: number, help: string): Setting<number> {
  return integer(variable, fallback, { min: 0, max: 65_535 }, help);
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** A number of bytes, written like `512MiB`. */
export function bytes(
  variable: string,
  fallback: string,
  help: string,
  range: { readonly min: string; readonly max: string } = { min: '1', max: '1024TiB' },
): Setting<number> {
  const bounds = { min: parseBytes(range.min) ?? 0, max: parseBytes(range.max) ?? 0 };
  const valid = `bytes from ${range.min} to ${range.max}, such as ${fallback} (units KiB, MiB, GiB, TiB)`;
  return setting(variable, fallback, help, valid, (text) => {
    const value = parseBytes(text);
    return value !== undefined && value >= bounds.min && value <= bounds.max ? value : undefined;
  });
}

function parseBytes(text: string): number | undefined {
  const match = /^(\d+)\s*(KiB|MiB|GiB|TiB|)$/.exec(text);
  const unit = match && BYTE_UNITS[match[2] as string];
  return match && unit ? Number(match[1]) * unit : undefined;
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A length of time in milliseconds, written like `500ms`, `10m` or `1d`. */
export function duration(
  variable: string,
  fallback: string,
  help: string,
  range: { readonly min: string; readonly max: string } = { min: '0ms', max: '36500d' },
): Setting<number> {
  const bounds = { min: parseDuration(range.min) ?? 0, max: parseDuration(range.max) ?? 0 };
  const valid = `a length of time from ${range.min} to ${range.max}, such as ${fallback} (units ms, s, m, h, d)`;
  return setting(variable, fallback, help, valid, (text) => {
    const value = parseDuration(text);
    return value !== undefined && value >= bounds.min && value <= bounds.max ? value : undefined;
  });
}

function parseDuration(text: string): number | undefined {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text);
  const unit = match && DURATION_UNITS_MS[match[2] as string];
  return match && unit ? Number(match[1]) * unit : undefined;
}

export function oneOf<const T extends string>(
  variable: string,
  fallback: T,
  values: readonly T[],
  help: string,
): Setting<T> {
  return setting(variable, fallback, help, `one of ${values.join(', ')}`, (text) =>
    values.find((value) => value === text),
  );
}

/** A host name or address to bind. */
export function host(variable: string, fallback: string, help: string): Setting<string> {
  return setting(variable, fallback, help, `a host name or address, such as ${fallback}`, (text) =>
    /^[A-Za-z0-9_.:%-]+$/.test(text) ? text : undefined,
  );
}

/** A URL with one of these schemes; it may hold a password, so errors don't show it. */
export function url(
  variable: string,
  fallback: string | undefined,
  schemes: readonly string[],
  help: string,
): Setting<string> {
  const example = fallback ?? `${schemes[0]}://user@127.0.0.1`;
  const valid = `a URL starting with ${schemes.map((s) => `${s}://`).join(' or ')}, such as ${example}`;
  return {
    ...setting(variable, fallback, help, valid, (text) => {
      const scheme = schemes.some((s) => text.startsWith(`${s}://`));
      return scheme && text.split(',').every((part) => URL.canParse(part)) ? text : undefined;
    }),
    secret: true,
  };
}

/** Text that may be absent; `secret` keeps it out of errors. */
export function optionalText(
  variable: string,
  help: string,
  valid: string,
  { secret = false } = {},
): Setting<string | undefined> {
  return {
    ...setting<string | undefined>(variable, undefined, help, valid, (value) => value),
    secret,
  };
}

/** Free text, such as a name. */
export function text(variable: string, fallback: string, help: string): Setting<string> {
  return setting(variable, fallback, help, `some text, such as ${fallback}`, (value) => value);
}
