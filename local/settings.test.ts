import { describe, expect, test } from 'bun:test';
import { readLocalSettings } from './settings.ts';

describe('settings', () => {
  test('none - are the defaults of a single machine', () => {
    const settings = readLocalSettings({});
    expect(settings.natsUrl).toBeUndefined();
    expect(settings.databaseUrl).toBeUndefined();
    expect(settings).toMatchObject({
      ingressHost: '127.0.0.1',
      ingressPort: 8086,
      storePort: 8087,
      collector: 'on',
    });
  });

  test('invalid ones - are told all together, with a valid value', () => {
    const environment = { INGRESS_PORT: '99999', COLLECTOR: 'maybe', NATS_URL: 'localhost' };
    expect(() => readLocalSettings(environment)).toThrow(
      /INGRESS_PORT is "99999".*8086.*\nCOLLECTOR is "maybe"; valid is one of on, off/s,
    );
    expect(() => readLocalSettings(environment)).toThrow(/NATS_URL .* nats:\/\//);
  });
});
