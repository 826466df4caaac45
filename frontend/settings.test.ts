import { expect, test } from 'bun:test';
import { readFrontendSettings } from './settings.ts';

test('settings - have defaults that serve this machine alone', () => {
  expect(readFrontendSettings({})).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    defaultDatabase: 'host',
  });
});

test('settings - origins are checked one by one', () => {
  const read = (list: string) => readFrontendSettings({ ALLOWED_ORIGINS: list }).allowedOrigins;
  expect(read('https://a.example.org, http://b:3000')).toEqual([
    'https://a.example.org',
    'http://b:3000',
  ]);
  for (const wrong of ['*', 'a.example.org', 'https://a.example.org/', 'https://a,', 'file:///x']) {
    expect(() => read(wrong)).toThrow(`ALLOWED_ORIGINS is "${wrong}"; valid is`);
  }
});
