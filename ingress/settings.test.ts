import { expect, test } from 'bun:test';
import { readSettings, SettingError } from '@overseer/shared';
import { INGRESS_SETTINGS } from './settings.ts';

test('settings - every fallback is valid', () => {
  expect(readSettings(INGRESS_SETTINGS, {})).toEqual({
    natsUrl: 'nats://127.0.0.1:4222',
    host: '127.0.0.1',
    port: 8086,
    bodyBytesMax: 32 * 1024 ** 2,
    bodiesBytesMax: 128 * 1024 ** 2,
    coalesceMs: 2,
    publishInFlightMax: 16,
    measurementsPerDatabaseMax: 10_000,
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
    expect(() => readSettings(INGRESS_SETTINGS, environment)).toThrow(SettingError);
    expect(() => readSettings(INGRESS_SETTINGS, environment)).toThrow(variable);
  }
});
