/** Validators by kind, of kubernetes-models and of its sister for the operator of Prometheus. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { ReadFields } from './read-fields.ts';

interface Validate {
  (data: unknown): boolean;
  errors?:
    | readonly {
        readonly instancePath: string;
        readonly message?: string;
        readonly params: object;
      }[]
    | null;
}

const KUBERNETES = 'kubernetes-models';
const PROMETHEUS = '@kubernetes-models/prometheus-operator';

/** Package, and how its schemas are called but for the kind, by API version. */
const SCHEMAS: Readonly<Record<string, readonly [packageName: string, prefix: string]>> = {
  v1: [KUBERNETES, 'IoK8sApiCoreV1'],
  'apps/v1': [KUBERNETES, 'IoK8sApiAppsV1'],
  'autoscaling/v2': [KUBERNETES, 'IoK8sApiAutoscalingV2'],
  'networking.k8s.io/v1': [KUBERNETES, 'IoK8sApiNetworkingV1'],
  'policy/v1': [KUBERNETES, 'IoK8sApiPolicyV1'],
  'rbac.authorization.k8s.io/v1': [KUBERNETES, 'IoK8sApiRbacV1'],
  'admissionregistration.k8s.io/v1': [KUBERNETES, 'IoK8sApiAdmissionregistrationV1'],
  'monitoring.coreos.com/v1': [
    PROMETHEUS,
    'ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1',
  ],
};

/** Whether there are schemas of its group here. */
export function isKubernetes({ apiVersion }: KubernetesObject): boolean {
  return apiVersion in SCHEMAS;
}

/** @returns what is wrong, a line each */
export async function checkKubernetes(object: KubernetesObject): Promise<string[]> {
  const { kind } = object;
  const validate = await validatorOf(object);
  const fields = new ReadFields();
  if (!validate(fields.watch(object))) {
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `data${instancePath} ${message ?? 'is wrong'} ${JSON.stringify(params)}`,
    );
  }
  return fields.unread(object).map((path) => `data${path} is no field of ${kind}`);
}

/** Those of Prometheus are in no export of their package, so they are found by its folder. */
async function validatorOf({ apiVersion, kind }: KubernetesObject): Promise<Validate> {
  const [packageName, prefix] = SCHEMAS[apiVersion] ?? [KUBERNETES, ''];
  const folder = join(fileURLToPath(import.meta.resolve(`${packageName}/package.json`)), '..');
  const path = join(folder, '_schemas', `${prefix}${kind}.js`);
  const { validate } = (await import(path)) as { validate: Validate };
  return validate;
}
