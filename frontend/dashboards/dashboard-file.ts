import { TypeCompiler, type ValueError, ValueErrorType } from '@sinclair/typebox/compiler';
import { type DashboardSpec, GRID_COLUMNS } from '../model/dashboard-spec.ts';
import { parseFrame } from '../model/time-frame.ts';
import { DASHBOARD_VERSION, type SpecMistake } from './protocol.ts';
import { migrateSpec, SPEC_MIGRATIONS, type SpecMigration } from './spec-migrations.ts';
import { DASHBOARD_SPEC } from './spec-schema.ts';

/** So many mistakes are told of; whoever made them by a program made them all at once. */
const MISTAKES_MAX = 20;
const SHOWN_CHARACTERS_MAX = 40;

/** A tenth of the time of walking the schema: a history is up to 64 of them. */
const SHAPE = TypeCompiler.Compile(DASHBOARD_SPEC);

/** A dashboard that is none; says what is wrong with it, and where. */
export class DashboardFileError extends Error {
  override name = 'DashboardFileError';

  constructor(readonly mistakes: readonly SpecMistake[]) {
    const [first] = mistakes;
    const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more)` : '';
    super(`the dashboard is not valid: ${first?.path}: ${first?.message}${more}`);
  }
}

/**
 * The dashboard of a `DashboardFile`, of this version or of an earlier one.
 * @param file what JSON said
 * @param migrations for tests
 * @throws DashboardFileError
 */
export function readDashboardFile(
  file: unknown,
  migrations: readonly SpecMigration[] = SPEC_MIGRATIONS,
): DashboardSpec {
  const { v, spec } = partsOf(file);
  const newest = migrations.length + 1;
  if (typeof v !== 'number' || !Number.isInteger(v) || v < 1) {
    throw mistake('v', `the version was expected, a whole number from 1, not ${shown(v)}`);
  }
  if (v > newest) {
    throw mistake('v', `version ${v} is of a later Overseer; this one knows ${newest}: update it`);
  }
  return checkSpec(migrateSpec(spec, v, migrations));
}

/** @throws DashboardFileError */
export function checkSpec(spec: unknown): DashboardSpec {
  if (!SHAPE.Check(spec)) throw new DashboardFileError(mistakesOfShape(spec));
  const inconsistencies = [...mistakesOfMeaning(spec)].slice(0, MISTAKES_MAX);
  if (inconsistencies.length > 0) throw new DashboardFileError(inconsistencies);
  return spec;
}

function partsOf(file: unknown): { readonly v: unknown; readonly spec: unknown } {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    throw mistake('', `{"v": ${DASHBOARD_VERSION}, "spec": …} was expected, not ${shown(file)}`);
  }
  const { v, spec, ...others } = file as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw mistake(unknown, 'is not known');
  return { v, spec };
}

function mistakesOfShape(spec: unknown): SpecMistake[] {
  const mistakes = new Map<string, string>();
  for (const error of SHAPE.Errors(spec)) {
    const path = pathOf(error.path);
    // What is missing is also of the wrong type.
    if (!mistakes.has(path)) mistakes.set(path, messageOf(error));
    if (mistakes.size === MISTAKES_MAX) break;
  }
  return [...mistakes].map(([path, message]) => ({ path, message }));
}

function messageOf({ type, schema, value }: ValueError): string {
  if (type === ValueErrorType.ObjectAdditionalProperties) return 'is not known';
  const expected = `${schema.expected} was expected`;
  return value === undefined ? `is missing; ${expected}` : `${expected}, not ${shown(value)}`;
}

/** From a JSON pointer, as JavaScript writes it: `spec.panels[3].spec.unit`. */
function pathOf(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  const names = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.reduce(
    (path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : `${path}.${part}`),
    'spec',
  );
}

/** What no schema says. */
function* mistakesOfMeaning(spec: DashboardSpec): Generator<SpecMistake> {
  if (!parseFrame(spec.range)) {
    const message = `a range such as 1h, or from/to, was expected, not ${shown(spec.range)}`;
    yield { path: 'spec.range', message };
  }
  yield* repeated('spec.variables', 'name', spec.variables);
  yield* repeated('spec.panels', 'id', spec.panels);
  yield* repeated('spec.annotations', 'name', spec.annotations);
  yield* repeated('spec.notes', 'id', spec.notes);
  for (const [index, { fromMs, toMs }] of spec.notes.entries()) {
    if (toMs >= fromMs) continue;
    yield { path: `spec.notes[${index}].toMs`, message: `${toMs} is before fromMs, ${fromMs}` };
  }
  for (const [index, panel] of spec.panels.entries()) {
    const path = `spec.panels[${index}]`;
    const { column, width } = panel;
    if (column + width > GRID_COLUMNS) {
      const message = `column ${column} and width ${width} leave the grid of ${GRID_COLUMNS} columns`;
      yield { path: `${path}.width`, message };
    }
    const { min, max, thresholds, annotations } = panel.spec;
    yield* repeated(`${path}.spec.queries`, 'letter', panel.spec.queries);
    yield* repeated(`${path}.spec.annotations`, 'name', annotations);
    if (min !== null && max !== null && min >= max) {
      yield { path: `${path}.spec.min`, message: `${min} is not below max, ${max}` };
    }
    const late = thresholds.findIndex(
      ({ value }, i) => value < (thresholds[i - 1]?.value ?? value),
    );
    if (late >= 0) {
      const message = 'thresholds were expected in the order of their values';
      yield { path: `${path}.spec.thresholds[${late}].value`, message };
    }
  }
}

function* repeated<Name extends string>(
  path: string,
  name: Name,
  items: readonly Readonly<Record<Name, string>>[],
): Generator<SpecMistake> {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const value = item[name];
    if (seen.has(value)) {
      yield { path: `${path}[${index}].${name}`, message: `${shown(value)} is there twice` };
    }
    seen.add(value);
  }
}

function mistake(path: string, message: string): DashboardFileError {
  return new DashboardFileError([{ path, message }]);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  if (text.length <= SHOWN_CHARACTERS_MAX) return text;
  return `${text.slice(0, SHOWN_CHARACTERS_MAX)}…`;
}
