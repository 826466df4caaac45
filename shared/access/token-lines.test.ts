import { expect, test } from 'bun:test';
import { TokenGrant } from './grant.ts';
import { createToken, digestOfToken } from './token.ts';
import { formatTokenLine, parseTokenLines, TOKENS_MAX } from './token-lines.ts';

const DIGEST = digestOfToken('any').toString('hex');

/** What is wrong with lines, as the operator reads it. */
function errorOf(text: string): string {
  try {
    parseTokenLines(text, 'tokens.txt');
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the lines were taken');
}

test('token lines - parts in any order, comments and blank lines', () => {
  const grants = parseTokenLines(
    [
      '# agents',
      `name=telegraf databases=host,my%20data rights=write sha256=${DIGEST} # of the rack`,
      '',
      `\tsha256=${DIGEST.toUpperCase()} rights=read,write  databases=* name=a#b\r`,
    ].join('\n'),
    'tokens.txt',
  );
  expect(grants.map(({ name }) => name)).toEqual(['telegraf', 'a#b']);
  const [telegraf, all] = grants as [TokenGrant, TokenGrant];
  expect([telegraf.may('write', 'my data'), telegraf.may('write', 'my')]).toEqual([true, false]);
  expect(telegraf.may('read', 'host')).toBe(false);
  expect([all.may('read', 'x'), all.may('write', 'y')]).toEqual([true, true]);
  expect(all.digest.toString('hex')).toBe(DIGEST);
});

test('token lines - what is formatted is parsed again', () => {
  const databases = new Set(['a b', 'c,d;e', '100%', '#1', '*', 'k=v', 'größe']);
  const grant = new TokenGrant('it is = # me', digestOfToken('x'), new Set(['read']), databases);
  const [parsed] = parseTokenLines(formatTokenLine(grant), 'x');
  expect(parsed?.equals(grant)).toBe(true);
});

test('token lines - a token itself counts as its hash', () => {
  const token = createToken();
  const [grant] = parseTokenLines(`name=a databases=* rights=read token=${token}`, 'x');
  expect(grant?.digest).toEqual(digestOfToken(token));
  expect(formatTokenLine(grant as TokenGrant)).not.toContain(token);
});

test('token lines - a mistake is named with its line, and no secret is shown', () => {
  const token = createToken();
  const valid = 'name=a databases=* rights=read';
  const cases = [
    [`${valid} sha256=${token}`, 'sha256 is not 64 hexadecimal digits'],
    [`${valid} ${token}`, 'a part is none of'],
    [`${valid} secret=${token}`, 'a part is none of'],
    [`${valid} token=${token} sha256=${DIGEST}`, 'sha256= and token= are both there'],
    [`${valid} token=tr0ub4dor&3`, 'token has 11 characters; valid is 40 to 512 random ones'],
    [`${valid} token=${'x'.repeat(513)}`, 'token has 513 characters'],
    [`${valid}`, 'sha256= is missing'],
    [`databases=* rights=read sha256=${DIGEST}`, 'name= is missing'],
    [`name= databases=* rights=read sha256=${DIGEST}`, 'name has 0 characters'],
    [`name=a name=b databases=* rights=read sha256=${DIGEST}`, 'name is there twice'],
    [`name=a databases=x, rights=read sha256=${DIGEST}`, 'databases has an empty name'],
    [`name=a databases=x,* rights=read sha256=${DIGEST}`, '* beside others'],
    [`name=a databases=%zz rights=read sha256=${DIGEST}`, '%XX'],
    [`${valid} sha256=${digestOfToken('').toString('hex')}`, 'the hash of nothing'],
    [`name=a databases=* rights=wite sha256=${DIGEST}`, 'rights is "wite"'],
  ] as const;
  for (const [line, message] of cases) {
    const error = errorOf(`# first\n${line}`);
    expect(error).toStartWith('tokens.txt, line 2: ');
    expect(error).toContain(message);
    expect(error).not.toContain(token);
  }
});

test('token lines - too many are refused', () => {
  const line = `name=a databases=* rights=read sha256=${DIGEST}\n`;
  expect(errorOf(line.repeat(TOKENS_MAX + 1))).toContain(`more than ${TOKENS_MAX}`);
});
