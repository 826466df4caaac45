import { expect, test } from 'bun:test';
import { AccessError } from './access-error.ts';
import { tokenOfRequest } from './credentials.ts';

const of = (authorization: string | undefined, query?: string) =>
  tokenOfRequest(
    new Headers(authorization === undefined ? {} : { authorization }),
    query === undefined ? undefined : new URLSearchParams(query),
  );

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('credentials - every form that clients send', () => {
  for (const header of ['Token abc', 'Bearer abc', 'bearer  abc ', basic('user:abc')]) {
    expect(of(header)).toBe('abc');
  }
  expect(of(basic(':abc'))).toBe('abc');
  expect(of(basic('user:a:b'))).toBe('a:b');
  expect(of(undefined, 'u=anybody&p=abc')).toBe('abc');
});

test('credentials - none', () => {
  expect(of(undefined)).toBeUndefined();
  expect(of(undefined, 'db=x&p=')).toBeUndefined();
  expect(of(basic('user:'))).toBeUndefined();
});

test('credentials - the header counts, not the parameters', () => {
  expect(of('Token abc', 'u=x&p=def')).toBe('abc');
});

test('credentials - a header that is not understood is refused, and not shown', () => {
  for (const header of ['Digest secret', 'secret', 'Token', 'Token a secret', basic('secret')]) {
    try {
      of(header, 'p=abc');
      throw new Error(`"${header}" was taken`);
    } catch (error) {
      expect(error).toBeInstanceOf(AccessError);
      expect((error as AccessError).status).toBe(401);
      expect((error as AccessError).message).not.toContain('secret');
    }
  }
});
