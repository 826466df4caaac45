/** The table of limits in ARCHITECTURE.md, whose last column names the metrics by which each is seen. */
import { join } from 'node:path';
import { projectFolder } from '../project.ts';

const HEADING = '## Limits';
const SEEN_BY = 'seen by';

/** A metric as the table names it; with labels, one of its values. */
export interface NamedMetric {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Limit {
  readonly what: string;
  readonly seenBy: readonly NamedMetric[];
}

/** Reads the table. @throws Error when it is not there, or has no column that says by what limits are seen */
export async function readLimits(): Promise<Limit[]> {
  const text = await Bun.file(join(projectFolder, 'ARCHITECTURE.md')).text();
  const section = text.split(`\n${HEADING}\n`)[1]?.split('\n## ')[0] ?? '';
  const [head, , ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cellsOf);
  const column = head?.indexOf(SEEN_BY) ?? -1;
  if (column < 0) throw new Error(`ARCHITECTURE.md has no table of limits with "${SEEN_BY}"`);
  return rows.map((cells) => ({ what: cells[0] ?? '', seenBy: metricsOf(cells[column] ?? '') }));
}

function cellsOf(line: string): string[] {
  const cells = line.split('|').slice(1, -1);
  return cells.map((cell) => cell.trim());
}

function metricsOf(cell: string): NamedMetric[] {
  return Array.from(cell.matchAll(/`(\w+)(?:\{([^}]*)\})?`/g), ([, name = '', labels = '']) => ({
    name,
    labels: Object.fromEntries(
      Array.from(labels.matchAll(/(\w+)="([^"]*)"/g), ([, label, value]) => [label, value]),
    ),
  }));
}
