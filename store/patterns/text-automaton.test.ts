import { expect, test } from 'bun:test';
import { RE2JS } from 're2js';
import { ValueBytes } from '../labels/value-bytes.ts';
import { PatternStates } from './pattern-states.ts';
import { TextAutomaton } from './text-automaton.ts';

const PATTERNS = [
  'host_.*',
  '.*777.*',
  '.*42',
  'host_[0-9]+5',
  'host_1[0-3]\\d{2}',
  '(?i)HOST_1.*7',
  '(host_1|host_22|h3)[05]*',
  'web-.*',
  '',
  'a|',
  '(a|b)*c?',
  '\\bhost\\b.*',
  'host\\B.*',
  '(?m)^host_\\d$',
  '(?m)a$\\nb',
  '[^a-z]+',
  '\\x00?.',
  '(?s).+',
  '(?-s).+',
  'é.*|host_é',
  '\\pL+_\\pN+',
  '(a?){20}a{20}',
  '^$',
  '\\Ahost_1\\z',
];

const TEXTS = [
  ...Array.from({ length: 300 }, (_, i) => `host_${i * 37}`),
  ...Array.from({ length: 32 }, (_, i) => 'a'.repeat(i)),
  'HOST_107',
  'host',
  'host x',
  'a\nb',
  'a\n',
  '\n',
  ' ',
  'abcabc',
  'aabbc',
  '~',
  '\u007f',
  'A_1',
  '#!',
];

function automatonOf(compiled: RE2JS): TextAutomaton {
  const states = PatternStates.of(compiled, () => undefined);
  if (!states) throw new Error(`no automaton for ${compiled.pattern()}`);
  return new TextAutomaton(states);
}

test('text automaton - says of every text what the general matcher says', () => {
  for (const pattern of PATTERNS) {
    const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
    const automaton = automatonOf(compiled);
    for (const text of TEXTS) {
      const bytes = Buffer.from(text);
      const result = automaton.matches(bytes, 0, bytes.length);
      expect([pattern, text, result]).toEqual([pattern, text, compiled.testExact(text)]);
    }
  }
});

test('text automaton - a pattern of very many states is given up, and nothing is wrong before', () => {
  const compiled = RE2JS.compile('.*a.{12}', RE2JS.DOTALL);
  const automaton = automatonOf(compiled);
  let givenUp = 0;
  for (let i = 0; i < 5000; i++) {
    const text = i.toString(2).padStart(26, '0').replaceAll('0', 'b').replaceAll('1', 'a');
    const bytes = Buffer.from(text + text);
    const result = automaton.matches(bytes, 0, bytes.length);
    if (result === undefined) givenUp++;
    else expect(result).toBe(compiled.testExact(text + text));
  }
  expect(givenUp).toBeGreaterThan(0);
});

test('value bytes - are those of the codes, and none where a value is not all ASCII', () => {
  const values = new ValueBytes();
  const texts = ['first', 'ä', '', 'x'.repeat(1000), 'last'];
  for (const text of texts) values.add(text);
  const found = texts.map((_, i) =>
    Buffer.from(values.bytes.subarray(values.start(i + 1), values.end(i + 1))).toString(),
  );
  expect(found).toEqual(['first', '', '', 'x'.repeat(1000), 'last']);
});
