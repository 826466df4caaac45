/** What the templates make together, for tests: every documented combination. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Platform, toKubernetes } from '../kubernetes.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { parseParameterFile } from '../parameter-values.ts';
import { renderTemplate } from '../render.ts';
import { readTemplate, TEMPLATES_FOLDER, type TemplateName } from '../template.ts';

/** Parameter files, and none. */
export type Size = 'lite' | 'ha' | 'default';

type Values = Readonly<Record<string, string>>;

/** What every rendering needs. */
const REQUIRED: Values = {
  IMAGE: 'registry.example.org/overseer@sha256:0000',
  PROJECT: 'overseer-pr-12',
  PULL_REQUEST: '12',
  COMMIT: '0123456789abcdef0123456789abcdef01234567',
  EXPIRES_AT: '2026-11-25T10:00:00Z',
  EXPIRES: '2026-11-25T10-00-00Z',
  INGRESS_HOSTNAME: 'write.example.org',
  FRONTEND_HOSTNAME: 'metrics.example.org',
};

/** One template with those of the values that it has. */
export function renderOne(name: TemplateName, values: Values = {}): KubernetesObject[] {
  const template = readTemplate(name);
  const names = template.parameters.map((parameter) => parameter.name);
  const own = Object.entries({ ...REQUIRED, ...values }).filter(([key]) => names.includes(key));
  return renderTemplate(template, Object.fromEntries(own));
}

export function valuesOf(size: Size): Values {
  if (size === 'default') return {};
  const path = join(TEMPLATES_FOLDER, `${size}.env`);
  return parseParameterFile(readFileSync(path, 'utf8'), path);
}

/** All templates of an installation together. */
export function renderAll(size: Size, values: Values = {}): KubernetesObject[] {
  const all = { ...valuesOf(size), ...values };
  return (['preview-project', 'nats', 'postgres', 'overseer'] as const).flatMap((name) =>
    renderOne(name, all),
  );
}

export interface Combination {
  readonly title: string;
  readonly size: Size;
  readonly platform: Platform;
  readonly values: Values;
}

/** What docs/openshift.md offers: sizes, platforms, servers of NATS, another name, hosts that the router chooses, an ImageStream, a storage class, OpenTelemetry. */
export const COMBINATIONS: readonly Combination[] = [
  ...(['lite', 'ha', 'default'] as const).flatMap((size) =>
    (['openshift', 'kubernetes'] as const).map((platform) => combine(size, platform)),
  ),
  combine(
    'lite',
    'openshift',
    { NATS_REPLICAS: '3', STREAM_REPLICAS: '3', NATS_STOP_SIGNAL: 'ldm' },
    'three servers of NATS',
  ),
  combine(
    'lite',
    'openshift',
    { INGRESS_HOSTNAME: '', FRONTEND_HOSTNAME: '' },
    'hosts of the router',
  ),
  combine('lite', 'openshift', { IMAGE: 'overseer:latest' }, 'an ImageStream'),
  combine(
    'ha',
    'openshift',
    { STORAGE_CLASS: 'gp3-csi', HPA_CPU_PERCENT: '80' },
    'a storage class',
  ),
  combine(
    'ha',
    'openshift',
    { OTEL_ENDPOINT: 'http://collector.observability.svc:4318' },
    'traces',
  ),
  combine('ha', 'openshift', { WRITE_URL: 'https://write.example.org' }, 'an address to write to'),
  combine('lite', 'openshift', { AUTHOR: 'jane', AUTHOR_ROLE: 'view' }, 'an author'),
  ...(['openshift', 'kubernetes'] as const).map((platform) =>
    combine('lite', platform, namedSecrets('metrics'), 'another name'),
  ),
];

function combine(size: Size, platform: Platform, values: Values = {}, what = ''): Combination {
  return { title: [size, platform, what].filter(Boolean).join(', '), size, platform, values };
}

function namedSecrets(name: string): Values {
  return {
    NAME: name,
    DATABASE_SECRET: `${name}-postgres`,
    NATS_SECRET: `${name}-nats`,
    TOKENS_SECRET: `${name}-tokens`,
  };
}

/** The objects of a combination. */
export function renderCombination({ size, platform, values }: Combination): KubernetesObject[] {
  const objects = renderAll(size, values);
  return platform === 'openshift' ? objects : toKubernetes(objects);
}
