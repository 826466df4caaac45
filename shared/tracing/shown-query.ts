/** Parameters whose values are shown. Others may be a secret (`p`), what somebody asks for (`q`, `query`), or anything. */
const SHOWN: ReadonlySet<string> = new Set([
  'accept_partial',
  'bucket',
  'consistency',
  'db',
  'end',
  'epoch',
  'limit',
  'no_sync',
  'org',
  'precision',
  'rp',
  'start',
  'step',
  'time',
  'timeout',
]);

/** Of those whose values are not shown, the names that are known to be names. */
const HIDDEN: ReadonlySet<string> = new Set(['match[]', 'p', 'q', 'query', 'token', 'u']);

const PARAMETERS_MAX = 16;
const VALUE_CHARS_MAX = 64;

/** The query of a URL as it may be seen, `db=weather&u=REDACTED`; empty when there is none. */
export function shownQuery(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return '';
  const shown = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(url.slice(start))) {
    if (SHOWN.has(name)) shown.append(name, value.slice(0, VALUE_CHARS_MAX));
    else if (HIDDEN.has(name)) shown.append(name, 'REDACTED');
    if (shown.size >= PARAMETERS_MAX) break;
  }
  return shown.toString();
}
