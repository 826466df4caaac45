import { expect, test } from 'bun:test';
import { digestOfToken, parseTokenLines } from '@overseer/shared/access';
import { prepareCollectorToken } from './collector-token.ts';
import { readLocalSettings } from './settings.ts';

const prepare = (environment: Record<string, string>) =>
  prepareCollectorToken(readLocalSettings(environment));
const LINE = `name=a databases=* rights=read sha256=${'0'.repeat(64)}`;

test('collector token - one of its own, for its database, beside those of the operator', () => {
  for (const TOKENS of [undefined, LINE]) {
    const { services, own } = prepare({ TOKENS_FILE: 'tokens', ...(TOKENS && { TOKENS }) });
    const grants = parseTokenLines(services.TOKENS ?? '', 'TOKENS');
    expect(grants).toHaveLength(TOKENS ? 2 : 1);
    const grant = grants.at(-1);
    expect(grant?.digest.equals(digestOfToken(own.INGRESS_TOKEN ?? ''))).toBe(true);
    expect([grant?.may('write', 'host'), grant?.may('read', 'host')]).toEqual([true, false]);
    expect(grant?.may('write', 'other')).toBe(false);
  }
});

test('collector token - none where none is needed, or one was given', () => {
  const none = { services: {}, own: {} };
  expect(prepare({})).toEqual(none);
  expect(prepare({ TOKENS: LINE, COLLECTOR: 'off' })).toEqual(none);
  expect(prepare({ TOKENS: LINE, INGRESS_TOKEN: 'x' })).toEqual(none);
});
