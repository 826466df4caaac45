import { describe, expect, test } from 'bun:test';
import { SettingError } from '../settings.ts';
import { RateLimit } from './rate-limit.ts';
import { Sampling } from './sampling.ts';
import { otlpProtocol, readSampler } from './settings.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('telemetry settings', () => {
  test('nothing set - is off', () => {
    expect(otlpProtocol('TRACES', {})).toBeUndefined();
    expect(
      otlpProtocol('TRACES', { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://a' }),
    ).toBeUndefined();
  });

  test('an endpoint, or the exporter otlp - is on, and speaks protobuf', () => {
    expect(otlpProtocol('TRACES', ENDPOINT)).toBe('http/protobuf');
    expect(otlpProtocol('TRACES', { OTEL_TRACES_EXPORTER: 'otlp' })).toBe('http/protobuf');
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://a' };
    expect(otlpProtocol('TRACES', own)).toBe('http/protobuf');
  });

  test('the protocol of the signal - counts more than that of all', () => {
    const general = { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
    expect(otlpProtocol('TRACES', general)).toBe('http/json');
    const own = { ...general, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' };
    expect(otlpProtocol('TRACES', own)).toBe('http/protobuf');
    expect(otlpProtocol('LOGS', own)).toBe('http/json');
  });

  test('OTEL_SDK_DISABLED and the exporter none - are off', () => {
    expect(otlpProtocol('TRACES', { ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' })).toBeUndefined();
    expect(otlpProtocol('TRACES', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
  });

  test('grpc, and exporters that there are not - are refused with what is valid', () => {
    const grpc = { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(() => otlpProtocol('TRACES', grpc)).toThrow(
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; valid is one of http/protobuf, http/json',
    );
    const zipkin = { OTEL_TRACES_EXPORTER: 'zipkin' };
    expect(() => otlpProtocol('TRACES', zipkin)).toThrow(SettingError);
  });

  test('samplers - are the standard’s, and one trace a second', () => {
    const read = (sampler: string, argument?: string) =>
      readSampler({
        OTEL_TRACES_SAMPLER: sampler,
        ...(argument && { OTEL_TRACES_SAMPLER_ARG: argument }),
      });
    expect(readSampler({})).toEqual({ isParentBased: true, roots: { perSecond: 1 } });
    expect(read('always_on')).toEqual({ isParentBased: false, roots: 'all' });
    expect(read('parentbased_always_off')).toEqual({ isParentBased: true, roots: 'none' });
    expect(read('traceidratio', '0.25')).toEqual({ isParentBased: false, roots: { ratio: 0.25 } });
    expect(read('parentbased_ratelimited', '5').roots).toEqual({ perSecond: 5 });
    expect(() => read('traceidratio', '2')).toThrow('OTEL_TRACES_SAMPLER_ARG is "2"');
    expect(() => read('traceidratio', 'often')).toThrow(SettingError);
    expect(() => read('jaeger_remote')).toThrow(SettingError);
  });
});

describe('sampling', () => {
  const remote = (traceFlags: number, traceId = 'f'.repeat(32)) => ({
    traceId,
    spanId: 'a'.repeat(16),
    traceFlags,
  });

  test('parent based - follows who began the trace, up to a limit', () => {
    const sampling = new Sampling({ isParentBased: true, roots: 'none' });
    expect(sampling.remote(remote(0))).toBe(false);
    const recorded = Array.from({ length: 50 }, () => sampling.remote(remote(1))).filter(Boolean);
    expect(recorded.length).toBeGreaterThanOrEqual(10);
    expect(recorded.length).toBeLessThan(50);
    expect(sampling.root()).toBe(false);
  });

  test('ratio - decides by the id of the trace, as every service does', () => {
    const sampling = new Sampling({ isParentBased: false, roots: { ratio: 0.5 } });
    const low = `${'f'.repeat(24)}00000001`;
    expect(sampling.remote(remote(0, low))).toBe(true);
    expect(sampling.remote(remote(1, 'f'.repeat(32)))).toBe(false);
    const roots = Array.from({ length: 1000 }, () => sampling.root()).filter(Boolean);
    expect(roots.length).toBeGreaterThan(300);
    expect(roots.length).toBeLessThan(700);
  });
});

describe('rate limit', () => {
  test('so many a second - and of unused ones those of a second', () => {
    const limit = new RateLimit(2, 0);
    const taken = (nowMs: number) => [1, 2, 3, 4].filter(() => limit.take(nowMs)).length;
    expect(taken(0)).toBe(2);
    expect(taken(400)).toBe(0);
    expect(taken(500)).toBe(1);
    expect(taken(60_000)).toBe(2);
  });

  test('less than one a second - comes in time; none never', () => {
    const seldom = new RateLimit(0.1, 0);
    expect(seldom.take(0)).toBe(true);
    expect(seldom.take(9000)).toBe(false);
    expect(seldom.take(10_000)).toBe(true);
    expect(new RateLimit(0, 0).take(1e9)).toBe(false);
  });
});
