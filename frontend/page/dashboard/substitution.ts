import type { VariableSpec } from '../../model/dashboard-spec.ts';
import type { PanelSpec } from '../../model/panel-spec.ts';

/** What is chosen of a variable. */
export interface Choice {
  readonly name: string;
  /** All values, those that come later too. */
  readonly isAll: boolean;
  readonly values: readonly string[];
}

/** A string of PromQL, in any of its quotes, with what stands before it when that compares. */
const STRING = /(=~|!~|!=|=)?(\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/g;
/** `$host`, and `${host}` where a letter follows. */
const MENTION = /\$(?:\{([A-Za-z][A-Za-z0-9_]*)\}|([A-Za-z][A-Za-z0-9_]*))/g;
const REGEX_CHARACTERS = /[\\^$.*+?()[\]{}|]/g;

/**
 * Puts what is chosen in place of the variables that an expression mentions in its strings: alternatives where a pattern is expected
 * (`host=~"$host"`), the value itself elsewhere. An equality of several values becomes a pattern. What no variable is called stays.
 */
export function substitute(expr: string, choices: readonly Choice[]): string {
  return expr.replaceAll(
    STRING,
    (whole, operator: string | undefined, space: string, text: string) => {
      const mentioned = mentionsOf(text).flatMap(
        (name) => choices.find((choice) => choice.name === name) ?? [],
      );
      if (mentioned.length === 0) return whole;
      const isSingle = mentioned.every(({ isAll, values }) => !isAll && values.length <= 1);
      if (operator === '=~' || operator === '!~') {
        return operator + space + fill(text, choices, patternOf);
      }
      if (isSingle || operator === undefined) {
        return (operator ?? '') + space + fill(text, choices, plainOf);
      }
      return patternOperator(operator) + space + fill(escapeLiterals(text), choices, patternOf);
    },
  );
}

/** The panel with everything that is asked substituted; its title says what is chosen. */
export function substitutePanel(spec: PanelSpec, choices: readonly Choice[]): PanelSpec {
  if (choices.length === 0) return spec;
  return {
    ...spec,
    title: replaceMentions(spec.title, choices, wordsOf),
    queries: spec.queries.map((query) => ({ ...query, expr: substitute(query.expr, choices) })),
    annotations: spec.annotations.map((annotation) => ({
      ...annotation,
      expr: substitute(annotation.expr, choices),
    })),
  };
}

/** What is chosen, as far as there is such a value; what the variable begins with when nothing of it is left. */
export function effectiveChoice(
  { name, isMulti, hasAll }: VariableSpec,
  chosen: readonly string[] | undefined,
  known: readonly string[] | undefined,
): Choice {
  const existing = chosen?.filter((value) => known === undefined || known.includes(value)) ?? [];
  if (existing.length > 0) {
    return { name, isAll: false, values: isMulti ? existing : existing.slice(0, 1) };
  }
  if (hasAll) return { name, isAll: true, values: [] };
  return { name, isAll: false, values: known?.slice(0, 1) ?? [] };
}

function mentionsOf(text: string): string[] {
  return [...text.matchAll(MENTION)].map((match) => match[1] ?? match[2] ?? '');
}

function fill(text: string, choices: readonly Choice[], write: (choice: Choice) => string): string {
  const quote = text.charAt(0);
  const filled = replaceMentions(text, choices, (choice) => escapeFor(quote, write(choice)));
  // Between backticks nothing can be escaped, a backtick least of all.
  if (quote !== '`' || !filled.slice(1, -1).includes('`')) return filled;
  const inner = replaceMentions(text.slice(1, -1), choices, write);
  return `"${escapeFor('"', inner)}"`;
}

function replaceMentions(
  text: string,
  choices: readonly Choice[],
  write: (choice: Choice) => string,
): string {
  return text.replaceAll(MENTION, (whole, braced?: string, bare?: string) => {
    const choice = choices.find(({ name }) => name === (braced ?? bare));
    return choice ? write(choice) : whole;
  });
}

function plainOf({ values }: Choice): string {
  return values[0] ?? '';
}

function wordsOf({ isAll, values }: Choice): string {
  return isAll ? 'all' : values.join(', ');
}

function patternOf({ isAll, values }: Choice): string {
  if (isAll) return '.*';
  const alternatives = values.map(escapePattern);
  return alternatives.length > 1 ? `(?:${alternatives.join('|')})` : (alternatives[0] ?? '');
}

function escapePattern(text: string): string {
  return text.replaceAll(REGEX_CHARACTERS, String.raw`\$&`);
}

function patternOperator(operator: string): string {
  return operator === '!=' ? '!~' : '=~';
}

/** What stands beside variables in a string that was compared literally, as a pattern of the same meaning. */
function escapeLiterals(text: string): string {
  const quote = text.charAt(0);
  const inner = text.slice(1, -1);
  let escaped = '';
  let end = 0;
  for (const match of inner.matchAll(MENTION)) {
    escaped += literalPattern(quote, inner.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return quote + escaped + literalPattern(quote, inner.slice(end)) + quote;
}

/** A backslash of a quoted string begins an escape of that string, and is none of the pattern's. */
function literalPattern(quote: string, text: string): string {
  if (quote === '`') return escapePattern(text);
  return text.replaceAll(/\\.|[\^$.*+?()[\]{}|]/g, (found) => {
    if (found.startsWith('\\')) return found === '\\\\' ? String.raw`\\\\` : found;
    return `\\\\${found}`;
  });
}

function escapeFor(quote: string, text: string): string {
  if (quote === '`') return text;
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', String.raw`\n`);
}
