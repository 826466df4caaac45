import { expect, test } from 'bun:test';
import { createToken } from '../access/token.ts';
import { redact, withoutSecrets } from './redaction.ts';

const TOKEN = createToken();

test('redaction - what has the shape of a secret is hidden, and what is around it stays', () => {
  const cases: readonly (readonly [line: string, redacted: string])[] = [
    ['nats://user:pa$$w0rd@host:4222', 'nats://***@host:4222'],
    ['postgres://u:p@h/db?x=y', 'postgres://***@h/db?x=y'],
    ['postgres://u:p@ss@h/db', 'postgres://***@h/db'],
    ['to nats://a:b@h1,nats://c:d@h2', 'to nats://***@h1,nats://***@h2'],
    [`the token ${TOKEN} is`, 'the token *** is'],
    [`session 1767225600000.bWU.${'s'.repeat(43)}!`, 'session ***!'],
    ['{"authorization":"Bearer short"}', '{"authorization":"***"}'],
    ['{\\"Authorization\\": \\"Token x y\\"}', '{\\"Authorization\\": \\"***\\"}'],
    ['{"cookie":"a=b; c=d","x":1}', '{"cookie":"***","x":1}'],
    ['sent Basic dXNlcjpwYXNzd29yZA== to', 'sent Basic *** to'],
    ['GET /write?db=x&u=me&p=word&precision=s', 'GET /write?db=x&u=***&p=***&precision=s'],
    ['body token=word&next=/', 'body token=***&next=/'],
    ['password=hunter2 is wrong', 'password=***'],
    ['POSTGRES_PASSWORD=hunter2', 'POSTGRES_PASSWORD=***'],
    ['INGRESS_TOKEN=hunter2', 'INGRESS_TOKEN=***'],
  ];
  for (const [line, redacted] of cases) expect(redact(line)).toBe(redacted);
});

test('a URL without secrets - hides all of a password, with the characters that should have been escaped', () => {
  expect(withoutSecrets('postgres://u:p@ss@h/db')).toBe('postgres://***@h/db');
  expect(withoutSecrets('nats://u:p@h:1,nats://t@h2')).toBe('nats://***@h:1,nats://***@h2');
  expect(withoutSecrets('http://h/write?db=a@b')).toBe('http://h/write?db=a@b');
});

test('redaction - words of people stay', () => {
  const lines = [
    'the token is not known: requests need a token',
    'NATS refuses the user or the password in NATS_URL',
    'password authentication failed for user "overseer"',
    'the secret of sessions is gone; people have to sign in again',
    '{"key":"session-secret","err":{"type":"Error"}}',
    'http://127.0.0.1:8086/write?db=a@b',
    '{"tokens":3,"token":"telegraf"}',
    'measured 1767225600.5 and a.b.c',
  ];
  for (const line of lines) expect(redact(line)).toBe(line);
});
