import { expect, test } from 'bun:test';
import { digestOfToken, parseTokenLines } from '@overseer/shared/access';
import { prepareOwnToken } from './own-token.ts';
import { readLocalSettings } from './settings.ts';

const prepare = (environment: Record<string, string>) =>
  prepareOwnToken(readLocalSettings(environment));
const LINE = `name=a databases=* rights=read sha256=${'0'.repeat(64)}`;

test('own token - one for what is collected and for own metrics, beside those of the operator', () => {
  for (const TOKENS of [undefined, LINE]) {
    const { services, collector } = prepare({ TOKENS_FILE: 'tokens', ...(TOKENS && { TOKENS }) });
    const grants = parseTokenLines(services.TOKENS ?? '', 'TOKENS');
    expect(grants).toHaveLength(TOKENS ? 2 : 1);
    const grant = grants.at(-1);
    expect(grant?.digest.equals(digestOfToken(collector.INGRESS_TOKEN ?? ''))).toBe(true);
    expect(services.SELF_METRICS_TOKEN).toBe(collector.INGRESS_TOKEN as string);
    for (const database of ['host', '_overseer']) {
      expect([grant?.may('write', database), grant?.may('read', database)]).toEqual([true, false]);
    }
    expect(grant?.may('write', 'other')).toBe(false);
  }
});

test('own token - may do no more than it is needed for', () => {
  const grantOf = (environment: Record<string, string>) =>
    parseTokenLines(prepare(environment).services.TOKENS ?? '', 'TOKENS').at(-1);
  const forMetrics = grantOf({ TOKENS: LINE, COLLECTOR: 'off' });
  expect(forMetrics?.may('write', '_overseer')).toBe(true);
  expect(forMetrics?.may('write', 'host')).toBe(false);
  const forCollector = grantOf({ TOKENS: LINE, SELF_METRICS: 'off' });
  expect(forCollector?.may('write', '_overseer')).toBe(false);
  expect(forCollector?.may('write', 'host')).toBe(true);
});

test('own token - none where none is needed, or they were given', () => {
  const none = { services: {}, collector: {} };
  expect(prepare({})).toEqual(none);
  expect(prepare({ TOKENS: LINE, COLLECTOR: 'off', SELF_METRICS: 'off' })).toEqual(none);
  for (const given of [
    { SELF_METRICS_TOKEN: 'y' },
    { SELF_METRICS_TOKEN_FILE: 'y' },
    { SELF_METRICS_URL: 'http://elsewhere.example' },
  ]) {
    expect(prepare({ TOKENS: LINE, INGRESS_TOKEN: 'x', ...given })).toEqual(none);
  }
});
