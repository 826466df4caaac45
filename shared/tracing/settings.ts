import { oneOf, readSettings, SettingError, text } from '../settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The kinds of data that go out by OTLP. */
export type Signal = 'TRACES' | 'LOGS';

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;

export type OtlpProtocol = (typeof PROTOCOLS)[number];

/**
 * How a signal is exported, by the variables of OpenTelemetry; undefined when nobody asked for it: it is on when there is an endpoint, for
 * the signal or for all, or `OTEL_<signal>_EXPORTER` is otlp. Endpoint, headers, timeouts and certificates are read by the exporters.
 * @throws SettingError for exporters and protocols that there are not
 */
export function otlpProtocol(
  signal: Signal,
  environment: Environment = process.env,
): OtlpProtocol | undefined {
  if (environment.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined;
  const { exporter, general, own } = readSettings(
    {
      exporter: oneOf(`OTEL_${signal}_EXPORTER`, 'unset', ['unset', 'otlp', 'none'], ''),
      general: oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/protobuf', PROTOCOLS, ''),
      own: oneOf(`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`, 'unset', ['unset', ...PROTOCOLS], ''),
    },
    environment,
  );
  const hasEndpoint =
    environment.OTEL_EXPORTER_OTLP_ENDPOINT || environment[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`];
  const isOn = exporter === 'otlp' || (exporter === 'unset' && hasEndpoint);
  if (!isOn) return undefined;
  return own === 'unset' ? general : own;
}

/** One trace a second is enough to see where the time goes, and too little to be felt. */
const TRACES_PER_SECOND = 1;

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'parentbased_ratelimited',
] as const;

/** Which traces are recorded. */
export interface SamplerSettings {
  /** Whether a trace that a client has begun is recorded if that client records it. */
  readonly isParentBased: boolean;
  /** Of the traces that begin here. */
  readonly roots: 'all' | 'none' | { readonly ratio: number } | { readonly perSecond: number };
}

/**
 * The sampler, by `OTEL_TRACES_SAMPLER` and its argument. Besides the standard's there is `parentbased_ratelimited`, the default:
 * so many traces a second.
 * @throws SettingError for a sampler that there is not, or an argument that is not valid for it
 */
export function readSampler(environment: Environment = process.env): SamplerSettings {
  const { sampler, argument } = readSettings(
    {
      sampler: oneOf('OTEL_TRACES_SAMPLER', 'parentbased_ratelimited', SAMPLERS, ''),
      argument: text('OTEL_TRACES_SAMPLER_ARG', '', ''),
    },
    environment,
  );
  const isParentBased = sampler.startsWith('parentbased_');
  switch (sampler.replace('parentbased_', '')) {
    case 'always_on':
      return { isParentBased, roots: 'all' };
    case 'always_off':
      return { isParentBased, roots: 'none' };
    case 'traceidratio':
      return { isParentBased, roots: { ratio: argumentOf(argument, 1, 1) } };
    default:
      return { isParentBased, roots: { perSecond: argumentOf(argument, TRACES_PER_SECOND, 1e6) } };
  }
}

function argumentOf(given: string, fallback: number, max: number): number {
  if (given === '') return fallback;
  const value = Number(given);
  if (value >= 0 && value <= max) return value;
  throw new SettingError(
    `OTEL_TRACES_SAMPLER_ARG is "${given}"; valid is a number from 0 to ${max}, such as ${fallback}`,
  );
}
