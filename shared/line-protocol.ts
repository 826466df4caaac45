/** Points as lines for ingress. */

export interface Point {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  /** A bigint becomes an integer field, a number a float field. */
  readonly fields: Readonly<Record<string, number | bigint>>;
}

/**
 * One line without its end. Tags are sorted; an empty tag value, which line protocol can't hold, is left out.
 * @returns undefined when no field has a value that can be written (NaN and the infinities can't)
 */
export function formatLine(point: Point, timestampMs: number): string | undefined {
  const fields = Object.entries(point.fields)
    .filter(([, value]) => typeof value === 'bigint' || Number.isFinite(value))
    .map(([name, value]) => `${escapeKey(name)}=${value}${typeof value === 'bigint' ? 'i' : ''}`);
  if (fields.length === 0) return undefined;
  const tags = Object.entries(point.tags)
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `,${escapeKey(name)}=${escapeKey(value)}`);
  return `${escapeMeasurement(point.measurement)}${tags.join('')} ${fields.join(',')} ${timestampMs}`;
}

function escapeMeasurement(name: string): string {
  return name.replace(/[, ]/g, '\\$&');
}

/** Tag keys, tag values and field keys. Line breaks can't be escaped. */
function escapeKey(text: string): string {
  return text.replace(/[,= ]/g, '\\$&').replace(/[\r\n]/g, '_');
}
