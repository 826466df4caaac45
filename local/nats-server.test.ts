import { describe, expect, test } from 'bun:test';
import { formatNatsConfiguration, isNewEnough, parseNatsVersion } from './nats-server.ts';

describe('nats-server', () => {
  test('version - is read with and without the v', () => {
    expect(parseNatsVersion('nats-server: v2.10.27\n')).toBe('2.10.27');
    expect(parseNatsVersion('nats-server: 2.9.10')).toBe('2.9.10');
    expect(parseNatsVersion('nats-server: v2.12.0-RC.1')).toBe('2.12.0-RC.1');
    expect(parseNatsVersion('command not found')).toBeUndefined();
  });

  test('versions that may lose streams when killed - are too old', () => {
    expect(isNewEnough('2.9.10')).toBe(false);
    expect(isNewEnough('2.10.22')).toBe(false);
    expect(isNewEnough('2.10.23')).toBe(true);
    expect(isNewEnough('2.10.27')).toBe(true);
    expect(isNewEnough('2.12.0-RC.1')).toBe(true);
    expect(isNewEnough('3.0.0')).toBe(true);
  });

  test('configuration - syncs always and listens on the loopback only', () => {
    const options = {
      folder: '/data "x"',
      port: 4222,
      fileStoreBytesMax: 1,
      memoryStoreBytesMax: 2,
    };
    const text = formatNatsConfiguration(options, 'secret');
    expect(text).toContain('listen: "127.0.0.1:4222"');
    expect(text).toContain('authorization { user: overseer, password: "secret" }');
    expect(text).toContain('sync_interval: always');
    expect(text).toContain('store_dir: "/data \\"x\\"/nats"');
    expect(text).not.toContain('http:');
    expect(formatNatsConfiguration({ ...options, monitoringPort: 8222 }, 'secret')).toContain(
      'http: "127.0.0.1:8222"',
    );
  });
});
