const PLAIN_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Where the values of a label are; a name that is no plain word is escaped as Prometheus' clients do (docs/query-api.md). */
export function labelValuesPath(db: string, label: string): string {
  return `/db/${encodeURIComponent(db)}/api/v1/label/${escapeLabelName(label)}/values`;
}

function escapeLabelName(label: string): string {
  if (PLAIN_NAME.test(label) && !label.startsWith('U__')) return label;
  const escaped = Array.from(label, (character) => {
    if (character === '_') return '__';
    if (/[a-zA-Z0-9]/.test(character)) return character;
    return `_${(character.codePointAt(0) ?? 0).toString(16)}_`;
  });
  return `U__${escaped.join('')}`;
}
