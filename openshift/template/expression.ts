import { randomInt } from 'node:crypto';
import { TemplateError } from './template-error.ts';

/**
 * What `generate: expression` makes of `from`: every `[characters]{count}` becomes so many of the characters, the rest stays.
 *
 * The characters are ranges (`a-z`) and the classes `\w` (letters, digits and `_`), `\d` (digits), `\a` (letters) and `\A` (punctuation), as
 * OpenShift's "Writing templates" documents them. The generator of `oc` and of the server (openshift/library-go, pkg/template/generator) draws from Go's
 * math/rand, seeded with the clock: who has one value, or knows when it was made, can compute the others. This one draws from the system's.
 */
const PLACE = /\[([a-zA-Z0-9\-\\]+)\](?:\{([0-9]+)\})/g;
const COUNT_MAX = 255;

const LETTERS = `${range('a', 'z')}${range('A', 'Z')}`;
const DIGITS = range('0', '9');
const CLASSES: Readonly<Record<string, string>> = {
  '\\w': `${LETTERS}${DIGITS}_`,
  '\\d': DIGITS,
  '\\a': LETTERS,
  '\\A': '~!@#$%^&*()-_+={}[]\\|<,>.?/"\';:`',
};

/** A number from 0 to below the bound. */
export type Draw = (bound: number) => number;

/**
 * @param from such as `ovs_[a-zA-Z0-9]{43}`
 * @throws TemplateError for a range or a count that is none
 */
export function generateExpression(from: string, draw: Draw = randomInt): string {
  return from.replace(PLACE, (_place, written: string, count: string) => {
    const length = Number(count);
    if (length < 1 || length > COUNT_MAX) {
      throw new TemplateError(`range must be within [1-${COUNT_MAX}] characters (${length})`);
    }
    const alphabet = alphabetOf(written);
    return Array.from({ length }, () => alphabet[draw(alphabet.length)]).join('');
  });
}

function alphabetOf(written: string): string {
  const parts = written.match(/\\.|[a-zA-Z0-9]-[a-zA-Z0-9]|./g) ?? [];
  const characters = parts.map((part) => {
    if (part.startsWith('\\')) return CLASSES[part] ?? malformed(written);
    const [first = '', , last = ''] = part;
    return last !== '' && first <= last ? range(first, last) : malformed(written);
  });
  // A character that two ranges have is not to come twice as often.
  return [...new Set(characters.join(''))].join('');
}

function malformed(written: string): never {
  throw new TemplateError(`malformed expression syntax: ${written}`);
}

function range(first: string, last: string): string {
  const [start, end] = [first.charCodeAt(0), last.charCodeAt(0)];
  return String.fromCharCode(...Array.from({ length: end - start + 1 }, (_, at) => start + at));
}
