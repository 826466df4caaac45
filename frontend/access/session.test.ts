import { expect, test } from 'bun:test';
import { digestOfToken, type Right, TokenGrant } from '@overseer/shared/access';
import { openSession, sealSession } from './session.ts';

const secret = new Uint8Array(32).fill(1);

function grantOf(name: string, token: string): TokenGrant {
  return new TokenGrant(name, digestOfToken(token), new Set<Right>(['read']), '*');
}

const grant = grantOf('größe, = ;', 'token');
const byName = (name: string) => (name === grant.name ? grant : undefined);
const inAMinute = () => Date.now() + 60_000;

test('session - is opened with the secret that sealed it, and fits into a cookie', () => {
  const expiresAtMs = inAMinute();
  const text = sealSession({ grant, expiresAtMs }, secret);
  expect(text).toMatch(/^[\w.-]+$/);
  expect(openSession(text, secret, byName)).toEqual({ grant, expiresAtMs });
  expect(openSession(text, new Uint8Array(32).fill(2), byName)).toBeUndefined();
});

test('session - ends at its time, and with its token', () => {
  const past = sealSession({ grant, expiresAtMs: Date.now() }, secret);
  expect(openSession(past, secret, byName)).toBeUndefined();
  const text = sealSession({ grant, expiresAtMs: inAMinute() }, secret);
  expect(openSession(text, secret, () => undefined)).toBeUndefined();
  expect(openSession(text, secret, () => grantOf(grant.name, 'another'))).toBeUndefined();
});

test('session - no part of it can be changed', () => {
  const other = grantOf('other', 'token');
  const both = (name: string) => byName(name) ?? (name === other.name ? other : undefined);
  const text = sealSession({ grant, expiresAtMs: inAMinute() }, secret);
  const [expires = '', name = '', mac = ''] = text.split('.');
  const otherName = Buffer.from(other.name).toString('base64url');
  const forged = [
    `${Number(expires) + 1}.${name}.${mac}`,
    `${expires}.${otherName}.${mac}`,
    `${expires}.${name}.${'A'.repeat(mac.length)}`,
    `${expires}.${name}.`,
    `${expires}.${name}`,
    `${text}.`,
    '',
    'x'.repeat(10_000),
  ];
  for (const attempt of forged) expect(openSession(attempt, secret, both)).toBeUndefined();
  // Every change of one character.
  for (let i = 0; i < text.length; i++) {
    const changed = `${text.slice(0, i)}${text[i] === '1' ? '2' : '1'}${text.slice(i + 1)}`;
    expect([i, openSession(changed, secret, both)]).toEqual([i, undefined]);
  }
});
