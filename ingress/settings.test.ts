import { expect, test } from 'bun:test';
import { SettingError } from '@overseer/shared';
import { INGRESS_SETTINGS, readIngressSettings } from './settings.ts';

test('settings - every fallback is valid', () => {
  expect(readIngressSettings({})).toEqual({
    logLevel: 'info',
    logFormat: 'auto',
    selfMetrics: 'on',
    selfMetricsUrl: undefined,
    selfMetricsToken: undefined,
    selfMetricsTokenFile: undefined,
    selfMetricsIntervalMs: 10_000,
    ingressUrl: 'http://127.0.0.1:8086',
    natsUrl: 'nats://127.0.0.1:4222',
    host: '127.0.0.1',
    port: 8086,
    workers: 1,
    tokensFile: undefined,
    tokens: undefined,
    insecureOpen: 'no',
    tlsCertificate: undefined,
    tlsKey: undefined,
    bodyBytesMax: 32 * 1024 ** 2,
    bodiesBytesMax: 128 * 1024 ** 2,
    bodyBytesPerSecondMin: 16 * 1024,
    coalesceMs: 1,
    publishInFlightMax: 4,
    seriesCacheBytesMax: 256 * 1024 ** 2,
    measurementsPerDatabaseMax: 10_000,
    fieldsPerMeasurementMax: 1000,
    linesMax: 2_000_000,
    lineBytesMax: 256 * 1024,
    seriesKeyBytesMax: 64 * 1024,
    stringBytesMax: 64 * 1024,
    timesAheadMaxMs: 86_400_000,
    timesBehindMaxMs: 0,
    seriesPerDatabaseMax: 5_000_000,
    dropDatabase: 'off',
    newSeriesPerSecondMax: 100_000,
  });
});

test('settings - each has a variable of its own and a line of help', () => {
  const settings = Object.values(INGRESS_SETTINGS);
  expect(new Set(settings.map((setting) => setting.variable)).size).toBe(settings.length);
  for (const setting of settings) expect(setting.help).toMatch(/^[^\n]{10,100}$/);
});

test('settings - an invalid one is refused by name', () => {
  for (const variable of ['INGRESS_PORT', 'BODY_BYTES_MAX', 'COALESCE_MS', 'INGRESS_HOST']) {
    const environment = { [variable]: '-1 bad' };
    expect(() => readIngressSettings(environment)).toThrow(SettingError);
    expect(() => readIngressSettings(environment)).toThrow(variable);
  }
});

test('settings - values that do not fit together are refused', () => {
  const tooLittle = { BODY_BYTES_MAX: '32MiB', BODIES_BYTES_MAX: '95MiB' };
  expect(() => readIngressSettings(tooLittle)).toThrow(
    /BODIES_BYTES_MAX is .* three times BODY_BYTES_MAX/,
  );
  for (const bytes of ['1023KiB', '513MiB']) {
    const environment = { SERIES_CACHE_BYTES_MAX: bytes };
    expect(() => readIngressSettings(environment)).toThrow('valid is 1MiB to 512MiB');
  }
});

test('settings - an address that others can reach needs tokens, or a word', () => {
  const INGRESS_HOST = '0.0.0.0';
  expect(() => readIngressSettings({ INGRESS_HOST })).toThrow(
    /INGRESS_HOST is "0.0.0.0".* Set TOKENS_FILE or TOKENS/,
  );
  expect(readIngressSettings({ INGRESS_HOST, INSECURE_OPEN: 'yes' }).host).toBe(INGRESS_HOST);
  expect(readIngressSettings({ INGRESS_HOST, TOKENS_FILE: 'x' }).tokensFile).toBe('x');
});

test('settings - a certificate needs its key', () => {
  expect(() => readIngressSettings({ TLS_KEY: 'key.pem' })).toThrow('TLS_CERT is not');
});
