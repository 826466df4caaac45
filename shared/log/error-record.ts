/** Longer texts are cut: a log is no place for what an error was about. */
const MESSAGE_CHARACTERS_MAX = 2000;
const STACK_CHARACTERS_MAX = 8000;
/** Of causes within causes. */
const DEPTH_MAX = 5;

/**
 * What else of an error may be in a log: its kind and where it is from. Never all that it has: a client puts the question or the row that
 * failed beside its errors, and those are the users' own.
 */
const FIELDS = [
  'code',
  'kind',
  'errno',
  'syscall',
  'address',
  'port',
  'routine',
  'table_name',
  'column_name',
  'constraint_name',
] as const;

/** An error as it is logged. */
export interface ErrorRecord {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorRecord;
  readonly [field: string]: unknown;
}

/** @param error whatever was thrown */
export function errorRecord(error: unknown, depth = 1): ErrorRecord {
  if (!(error instanceof Error)) {
    return { type: typeof error, message: cut(String(error), MESSAGE_CHARACTERS_MAX) };
  }
  const record: Record<string, unknown> & { type: string; message: string } = {
    type: error.name,
    message: cut(error.message, MESSAGE_CHARACTERS_MAX),
  };
  for (const name of FIELDS) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === 'string' || typeof value === 'number') record[name] = value;
  }
  if (error.stack) record.stack = cut(error.stack, STACK_CHARACTERS_MAX);
  if (error.cause !== undefined && depth < DEPTH_MAX) {
    record.cause = errorRecord(error.cause, depth + 1);
  }
  return record;
}

function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`;
}
