import { generateExpression } from './expression.ts';
import type { Parameter, Template } from './template.ts';
import { TemplateError } from './template-error.ts';

/** Values of parameters by name, as people give them. */
export type GivenValues = Readonly<Record<string, string>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads `KEY=value` a line, as `--param-file` takes it: blank lines and those that begin with `#` are left out, and values are what stands behind the first `=`.
 * @param source for errors
 * @throws TemplateError for a line that is none, and for a key that is there twice
 */
export function parseParameterFile(text: string, source: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const [name, value] = parseAssignment(line, `${source}:${index + 1}: `);
    if (name in values) {
      throw new TemplateError(`${source}:${index + 1}: parameter "${name}" is there twice`);
    }
    values[name] = value;
  }
  return values;
}

/**
 * @param text `KEY=value`
 * @throws TemplateError when it is none
 */
export function parseAssignment(text: string, source = ''): [name: string, value: string] {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(0, at)).trim();
  if (at < 0 || !NAME.test(name)) {
    throw new TemplateError(
      `${source}invalid parameter assignment in "${at < 0 ? text : name}"; valid is KEY=value`,
    );
  }
  return [name, text.slice(at + 1)];
}

/**
 * The value of every parameter: what was given, else its own, else a generated one.
 * @throws TemplateError for unknown parameters, required ones without a value, and generators that there are not
 */
export function completeValues(template: Template, given: GivenValues): Map<string, string> {
  const known = new Set(template.parameters.map(({ name }) => name));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new TemplateError(
      unknown.map((name) => `unknown parameter name ${JSON.stringify(name)}`).join('\n'),
    );
  }
  const values = new Map<string, string>();
  const errors: string[] = [];
  for (const [index, parameter] of template.parameters.entries()) {
    const value = given[parameter.name] ?? ownValue(parameter);
    if (value === '' && parameter.required) {
      const place = `template.parameters[${index}]`;
      errors.push(
        `${place}: Required value: ${place}: parameter ${parameter.name} is required and must be specified`,
      );
    }
    values.set(parameter.name, value);
  }
  if (errors.length > 0) throw new TemplateError(errors.join('\n'));
  return values;
}

function ownValue({ name, value, generate, from }: Parameter): string {
  if (value !== undefined && value !== '') return String(value);
  if (generate === undefined || generate === '') return '';
  if (generate !== 'expression') {
    throw new TemplateError(`Unknown generator name '${generate}' for parameter ${name}`);
  }
  return generateExpression(from ?? '');
}
