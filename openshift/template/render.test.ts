// biome-ignore-all lint/suspicious/noTemplateCurlyInString: parameters of templates look like that.
/**
 * The rules are those of OpenShift's "Using templates" and of what makes it so (openshift/library-go, pkg/template/templateprocessing, with its tests; openshift/oc, pkg/cli/process).
 */
import { describe, expect, test } from 'bun:test';
import { generateExpression } from './expression.ts';
import type { JsonMap } from './kubernetes-object.ts';
import { parseAssignment, parseParameterFile } from './parameter-values.ts';
import { renderTemplate } from './render.ts';
import { type Parameter, parseTemplate, type Template } from './template.ts';

function templateOf(
  fields: JsonMap,
  parameters: Parameter[],
  rest: Partial<Template> = {},
): Template {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, ...fields };
  return { metadata: { name: 'test' }, parameters, objects: [object], ...rest };
}

const parameter = (name: string, value: string): Parameter => ({ name, value });

function render(fields: JsonMap, values: Record<string, string>) {
  const parameters = Object.entries(values).map(([name, value]) => parameter(name, value));
  return renderTemplate(templateOf(fields, parameters))[0];
}

function errorOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('${NAME}', () => {
  test('in a string - is replaced wherever it stands, and what is no parameter stays', () => {
    const data = { a: '${X}-${X}/${Y}', b: '$${X}', c: '${Z} ${} ${X Y}', d: '$X {X}' };
    expect(render({ data }, { X: 'one', Y: 'two' })?.data).toEqual({
      a: 'one-one/two',
      b: '$one',
      c: '${Z} ${} ${X Y}',
      d: '$X {X}',
    });
  });

  test('its value - has no meaning of its own', () => {
    const data = { a: '${X}${Y}' };
    expect(render({ data }, { X: '$&$1', Y: '${X}' })?.data).toEqual({ a: '$&$1${X}' });
  });

  test('in a key - stays, and a number stays a string', () => {
    expect(render({ data: { '${X}': '${X}' } }, { X: '1' })?.data).toEqual({ '${X}': '1' });
  });
});

describe('${{NAME}}', () => {
  test('as a whole string - is the value as JSON, or a string when it is none', () => {
    const spec = { n: '${{N}}', b: '${{B}}', list: ['${{L}}'], bad: '${{BAD}}', text: '${{T}}' };
    const values = { N: '3', B: 'true', L: '{"a":[1]}', BAD: '["a":1', T: 'gp3' };
    expect(render({ spec }, values)?.spec).toEqual({
      n: 3,
      b: true,
      list: [{ a: [1] }],
      bad: '["a":1',
      text: 'gp3',
    });
  });

  test('null - leaves the field out', () => {
    expect(render({ spec: { a: '${{X}}', b: 1 } }, { X: 'null' })?.spec).toEqual({ b: 1 });
  });

  test('with anything beside it - is none, and the inner part is not replaced either', () => {
    const spec = { a: 'a${{X}}', b: '${{X}}a', c: '${{OTHER}}' };
    expect(render({ spec }, { X: '1' })?.spec).toEqual(spec);
  });
});

describe('parameters', () => {
  const required: Parameter = { name: 'IMAGE', required: true };

  test('required - without a value is an error in the words of oc', () => {
    const template = templateOf({}, [parameter('X', ''), required]);
    const message =
      'template.parameters[1]: Required value: template.parameters[1]: parameter IMAGE is required and must be specified';
    expect(errorOf(() => renderTemplate(template))).toBe(message);
    expect(errorOf(() => renderTemplate(template, { IMAGE: '' }))).toBe(message);
    expect(renderTemplate(template, { IMAGE: 'a' })).toHaveLength(1);
  });

  test('unknown - is an error in the words of oc', () => {
    const message = errorOf(() => renderTemplate(templateOf({}, []), { X: '1', Y: '2' }));
    expect(message).toBe('unknown parameter name "X"\nunknown parameter name "Y"');
  });

  test('given - wins over the default and over the generator, also when it is empty', () => {
    const generated = { name: 'G', generate: 'expression', from: '[a-z]{8}' };
    const template = templateOf({ data: { x: '${X}', g: '${G}' } }, [
      parameter('X', 'x'),
      generated,
    ]);
    expect(renderTemplate(template, { X: 'y', G: '' })[0]?.data).toEqual({ x: 'y', g: '' });
  });

  test('generated - is one value for all its places, and another each time', () => {
    const generated = { name: 'G', generate: 'expression', from: 'p[a-zA-Z0-9]{43}' };
    const template = templateOf({ data: { a: '${G}', b: '${G}' } }, [generated]);
    const [one, other] = [0, 1].map(
      () => renderTemplate(template)[0]?.data as { a: string; b: string },
    );
    expect(one?.a).toMatch(/^p[a-zA-Z0-9]{43}$/);
    expect(one?.b).toBe(one?.a ?? '');
    expect(other?.a).not.toBe(one?.a ?? '');
  });

  test('generated - by an unknown generator is refused', () => {
    const template = templateOf({}, [{ name: 'G', generate: 'remote', from: 'x' }]);
    expect(errorOf(() => renderTemplate(template))).toBe(
      "Unknown generator name 'remote' for parameter G",
    );
  });

  test('of a file - are lines KEY=value with comments, and what stands behind the first = counts', () => {
    const text = '# all\n\nA=1\r\nURL=http://x/?a=b#c\nEMPTY=\n  # end\n';
    expect(parseParameterFile(text, 'x.env')).toEqual({
      A: '1',
      URL: 'http://x/?a=b#c',
      EMPTY: '',
    });
    expect(errorOf(() => parseParameterFile('A=1\nB', 'x.env'))).toStartWith('x.env:2: invalid');
    expect(errorOf(() => parseParameterFile('A=1\nA=2', 'x.env'))).toContain('"A" is there twice');
  });

  test('of the command line - a mistake does not show what may be a secret', () => {
    expect(parseAssignment('A=b=c')).toEqual(['A', 'b=c']);
    expect(errorOf(() => parseAssignment('A-B=secret'))).not.toContain('secret');
  });
});

describe('expressions', () => {
  const first = () => 0;
  const last = (bound: number) => bound - 1;

  test('ranges and classes - are replaced, the rest stays', () => {
    expect(generateExpression('test[0-9]{1}x', first)).toBe('test0x');
    expect(generateExpression('[0-1]{8}', last)).toBe('11111111');
    expect(generateExpression('0x[A-F0-9]{4}', last)).toBe('0x9999');
    expect(generateExpression('[a-z]{2}[A-Z]{2}', last)).toBe('zzZZ');
    expect(generateExpression('[\\d]{2}[\\a]{1}[\\w]{1}', last)).toBe('99Z_');
    expect(generateExpression('plain[a-z]', first)).toBe('plain[a-z]');
  });

  test('every character of a range - comes', () => {
    const drawn = Array.from({ length: 16 }, (_, at) =>
      generateExpression('[a-f0-9]{1}', () => at),
    );
    expect(drawn.join('')).toBe('abcdef0123456789');
  });

  test('counts and ranges that are none - are refused', () => {
    expect(errorOf(() => generateExpression('[a-z]{256}'))).toContain('[1-255]');
    expect(errorOf(() => generateExpression('[a-z]{0}'))).toContain('[1-255]');
    expect(errorOf(() => generateExpression('[z-a]{1}'))).toContain('malformed');
    expect(errorOf(() => generateExpression('[ab]{1}'))).toContain('malformed');
  });
});

describe('objects', () => {
  test('labels of the template - go onto each, with parameters, and win', () => {
    const metadata = { name: 'x', labels: { app: 'own', own: '1' } };
    const template = templateOf({ metadata }, [parameter('X', 'v')], {
      labels: { app: '${X}', '${X}': 'k' },
    });
    expect(renderTemplate(template)[0]?.metadata.labels).toEqual({ app: 'v', own: '1', v: 'k' });
  });

  test('a namespace - stays with a parameter, and goes without', () => {
    const inNamespace = (namespace: string) =>
      render({ metadata: { name: 'x', namespace } }, { N: 'here' })?.metadata;
    expect(inNamespace('${N}')).toEqual({ name: 'x', namespace: 'here' });
    expect(inNamespace('fixed')).toEqual({ name: 'x' });
  });

  test('without a kind - is refused', () => {
    const template = { ...templateOf({}, []), objects: [{ metadata: { name: 'x' } }] };
    expect(errorOf(() => renderTemplate(template))).toStartWith(
      'item[0].objects: unable to handle',
    );
  });
});

test('templates - what is none is refused with its name', () => {
  expect(errorOf(() => parseTemplate('kind: List', 'a.yaml'))).toBe(
    'unable to parse "a.yaml", not a valid Template',
  );
  expect(errorOf(() => parseTemplate('kind: [', 'a.yaml'))).toStartWith('unable to parse "a.yaml"');
});
