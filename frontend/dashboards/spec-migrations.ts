import { queryLetter } from '../model/panel-spec.ts';

/** Takes the spec of one version to that of the next. What is no spec is left as it is: whoever reads it says so. */
export type SpecMigration = (spec: unknown) => unknown;

/** The first takes version 1 to 2, and so on: as many as versions have passed. */
export const SPEC_MIGRATIONS: readonly SpecMigration[] = [addAnnotationsAndLetters];

/** The spec as this version has it. @param version of the spec; not a later one */
export function migrateSpec(
  spec: unknown,
  version: number,
  migrations: readonly SpecMigration[] = SPEC_MIGRATIONS,
): unknown {
  return migrations.slice(version - 1).reduce((older, migrate) => migrate(older), spec);
}

/** Version 2: marks on the time of charts, and letters that stay with their queries. */
function addAnnotationsAndLetters(spec: unknown): unknown {
  if (!isObject(spec)) return spec;
  const { panels } = spec;
  return {
    annotations: [],
    notes: [],
    ...spec,
    ...(Array.isArray(panels) && { panels: panels.map(newerPanel) }),
  };
}

function newerPanel(panel: unknown): unknown {
  if (!isObject(panel) || !isObject(panel.spec)) return panel;
  const { queries } = panel.spec;
  return {
    ...panel,
    spec: {
      annotations: [],
      ...panel.spec,
      ...(Array.isArray(queries) && { queries: queries.map(withLetter) }),
    },
  };
}

function withLetter(query: unknown, index: number): unknown {
  return isObject(query) ? { letter: queryLetter(index), ...query } : query;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
