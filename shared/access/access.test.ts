import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createCertificate,
  temporaryFolder,
  waitUntil,
  writeCertificate,
} from '@overseer/local/testing';
import { createLogger, type Logger } from '../log.ts';
import { Access, requireRight } from './access.ts';
import { AccessError } from './access-error.ts';
import { CertificateSource, certificatePaths } from './certificate.ts';
import { checkExposure, isLoopback } from './exposure.ts';
import { ANYBODY, type Grant, type Right, TokenGrant } from './grant.ts';
import { createToken, digestOfToken, TOKEN_BYTES_MAX } from './token.ts';
import { formatTokenLine } from './token-lines.ts';

setDefaultTimeout(60_000);

const POLL_INTERVAL_MS = 10;
const DEADLINE_MS = 20_000;

let folder: string;
let errors: string[];
let log: Logger;

beforeEach(() => {
  folder = temporaryFolder();
  errors = [];
  log = createLogger('test');
  log.level = 'silent';
  log.error = ((message: string) => errors.push(message)) as Logger['error'];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function line(name: string, token: string, rights: Right[], databases: string[] | '*'): string {
  const allowed = databases === '*' ? databases : new Set(databases);
  return `${formatTokenLine(new TokenGrant(name, digestOfToken(token), new Set(rights), allowed))}\n`;
}

function openFile(path: string): Access {
  return new Access({ tokensFile: path, tokens: undefined }, log, POLL_INTERVAL_MS);
}

/** Whose grant a token is given; the status when it is refused. */
function identify(access: Access, token: string | undefined): string | number {
  try {
    return access.identifyToken(token).name;
  } catch (error) {
    if (error instanceof AccessError) return error.status;
    throw error;
  }
}

function until(what: string, condition: () => boolean): Promise<unknown> {
  return waitUntil(condition, { what, deadlineMs: DEADLINE_MS });
}

test('access - tokens are known by their hash', () => {
  const [one, other] = [createToken(), createToken()];
  const tokens = line('one', one, ['read'], ['a']) + line('other', other, ['write'], '*');
  const access = new Access({ tokensFile: undefined, tokens }, log);
  expect(one).toMatch(/^ovs_[\w-]{43}$/);
  expect([identify(access, one), identify(access, other)]).toEqual(['one', 'other']);
  const unknown = [undefined, '', createToken(), `${one} `, digestOfToken(one).toString('hex')];
  for (const token of [...unknown, one.repeat(TOKEN_BYTES_MAX)]) {
    expect(identify(access, token)).toBe(401);
  }
});

test('access - lines of the environment may be separated by semicolons', () => {
  const tokens = `${line('a', 'x', ['read'], '*').trim()};${line('b', 'y', ['read'], '*')}`;
  const access = new Access({ tokensFile: undefined, tokens }, log);
  expect([identify(access, 'x'), identify(access, 'y')]).toEqual(['a', 'b']);
});

test('access - a right is for the databases named', () => {
  const grant = new TokenGrant('a', digestOfToken('x'), new Set(['read']), new Set(['mine']));
  const refusal = (to: Grant, right: Right, database: string) => {
    try {
      requireRight(to, right, database);
      return undefined;
    } catch (error) {
      return [(error as AccessError).status, (error as AccessError).message];
    }
  };
  expect(refusal(grant, 'read', 'mine')).toBeUndefined();
  expect(refusal(grant, 'read', 'yours')).toEqual([
    403,
    'the token named "a" may not read database "yours"',
  ]);
  expect(refusal(grant, 'write', 'mine')).toEqual([
    403,
    'the token named "a" may not write to database "mine"',
  ]);
  expect(refusal(ANYBODY, 'write', 'mine')).toBeUndefined();
});

test('access - without tokens everybody may do everything', () => {
  const access = new Access({ tokensFile: undefined, tokens: undefined }, log);
  expect(access.isOpen).toBe(true);
  expect(identify(access, undefined)).toBe('anybody');
});

test('access - a file without tokens lets nobody in', () => {
  const path = join(folder, 'tokens');
  writeFileSync(path, '# none yet\n');
  const access = openFile(path);
  expect([access.isOpen, identify(access, 'x')]).toEqual([false, 401]);
  access.stop();
  writeFileSync(path, ' \n');
  expect(() => openFile(path)).toThrow(/TOKENS_FILE is .*tokens, which is empty/);
});

test('access - names and hashes that are there twice are refused', () => {
  const open = (tokens: string) => () => new Access({ tokensFile: undefined, tokens }, log);
  const a = line('a', 'x', ['read'], '*');
  expect(open(a + line('a', 'y', ['read'], '*'))).toThrow('the name "a" is given to two tokens');
  expect(open(a + line('b', 'x', ['read'], '*'))).toThrow('"a" and "b" have the same sha256');
  expect(() => openFile(join(folder, 'nothing'))).toThrow(/TOKENS_FILE is .*nothing, which can't/);
});

test('access - a changed file is read again, a broken one changes nothing', async () => {
  const path = join(folder, 'tokens');
  writeFileSync(path, line('a', 'x', ['read'], '*'));
  const access = openFile(path);
  let changes = 0;
  access.onChange(() => changes++);
  try {
    const before = access.identifyToken('x');
    writeFileSync(path, line('a', 'x', ['read'], '*') + line('b', 'y', ['read'], '*'));
    await until('the new token', () => identify(access, 'y') === 'b');
    expect([access.isCurrent(before), changes]).toEqual([true, 1]);

    writeFileSync(path, 'name=a rights=all');
    await until('the error', () => errors.length > 0);
    expect(errors[0]).toMatch(/tokens, line 1: .*; the tokens stay what they were/);
    expect([identify(access, 'x'), identify(access, 'y'), changes]).toEqual(['a', 'b', 1]);

    // As a file is that is being written.
    writeFileSync(path, '');
    await until('the second error', () => errors.length > 1);
    expect(errors[1]).toMatch(/which is empty; .*; the tokens stay what they were/);
    expect([identify(access, 'x'), changes]).toEqual(['a', 1]);

    writeFileSync(path, line('a', 'x', ['read'], ['mine']));
    await until('the token to be gone', () => identify(access, 'y') === 401);
    expect([identify(access, 'x'), access.isCurrent(before)]).toEqual(['a', false]);

    writeFileSync(path, '# nobody any more\n');
    await until('all tokens to be gone', () => identify(access, 'x') === 401);
    expect(access.isOpen).toBe(false);
  } finally {
    access.stop();
  }
});

test('access - a swapped symbolic link is a change', async () => {
  writeFileSync(join(folder, '1'), line('a', 'x', ['read'], '*'));
  writeFileSync(join(folder, '2'), line('a', 'y', ['read'], '*'));
  const path = join(folder, 'tokens');
  symlinkSync('1', path);
  const access = openFile(path);
  try {
    expect(identify(access, 'x')).toBe('a');
    symlinkSync('2', join(folder, 'new'));
    renameSync(join(folder, 'new'), path);
    await until('the other token', () => identify(access, 'y') === 'a');
    expect(identify(access, 'x')).toBe(401);
  } finally {
    access.stop();
  }
});

test('certificate - a renewed pair is told, one that does not belong together is not', async () => {
  const [one, two] = [createCertificate('one'), createCertificate('two')];
  const paths = writeCertificate(folder, one);
  const told: string[] = [];
  const source = new CertificateSource(paths, log, ({ cert }) => told.push(cert), POLL_INTERVAL_MS);
  try {
    expect(source.current).toEqual(one);
    writeFileSync(paths.cert, two.cert);
    await until('the error', () => errors.length > 0);
    expect(errors[0]).toContain('is not the key of TLS_CERT');
    expect(errors[0]).toEndWith('the certificate stays what it was');
    expect(source.current).toEqual(one);
    writeFileSync(paths.key, two.key);
    await until('the new certificate', () => told.length > 0);
    expect([told, source.current]).toEqual([[two.cert], two]);
  } finally {
    source.stop();
  }
});

test('certificate - files that are wrong are named', () => {
  const paths = writeCertificate(folder, createCertificate('one'));
  const open = (changed: object) => () =>
    new CertificateSource({ ...paths, ...changed }, log, () => {});
  expect(open({ cert: join(folder, 'none') })).toThrow(/TLS_CERT is .*none, which can't be read/);
  expect(open({ cert: paths.key })).toThrow(/TLS_CERT is .*key.pem, which can't be understood/);
  expect(open({ key: paths.cert })).toThrow(/TLS_KEY is .*cert.pem, which can't be understood/);
  expect(() => certificatePaths({ tlsCertificate: 'a', tlsKey: undefined })).toThrow(
    'TLS_CERT is set and TLS_KEY is not',
  );
});

test('exposure - addresses beyond this machine need tokens, or a word', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]', '::ffff:127.0.0.1']) {
    expect([host, isLoopback(host)]).toEqual([host, true]);
  }
  const none = { tokens: undefined, tokensFile: undefined, insecureOpen: 'no' } as const;
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org', '127.example.org', '::1:1']) {
    expect(() => checkExposure({ ...none, host }, 'INGRESS_HOST')).toThrow(
      `INGRESS_HOST is "${host}", which other machines can reach`,
    );
    checkExposure({ ...none, host, tokens: 'x' }, 'INGRESS_HOST');
    checkExposure({ ...none, host, tokensFile: 'x' }, 'INGRESS_HOST');
    checkExposure({ ...none, host, insecureOpen: 'yes' }, 'INGRESS_HOST');
  }
});
