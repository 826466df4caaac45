/**
 * Validators of OpenShift's own kinds, made of the specification that openshift-rest-client brings. It is that of a server, which fills in a lot
 * and says little about what it does not know, so it is changed on the way: no field but those that there are, no `status` that somebody must give, and
 * types that may be written in two ways are.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import Ajv, { type ValidateFunction } from 'ajv';
import { isMap, type Json, type JsonMap, type KubernetesObject } from '../kubernetes-object.ts';

/** Names of definitions by API version and kind. */
const DEFINITIONS: Readonly<Record<string, string>> = {
  'project.openshift.io/v1 Project': 'com.github.openshift.api.project.v1.Project',
  'route.openshift.io/v1 Route': 'com.github.openshift.api.route.v1.Route',
  'image.openshift.io/v1 ImageStream': 'com.github.openshift.api.image.v1.ImageStream',
  'template.openshift.io/v1 Template': 'com.github.openshift.api.template.v1.Template',
};

/** What is written in more ways than its definition says. */
const LOOSE: Readonly<Record<string, JsonMap>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['integer', 'string'] },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['number', 'string'] },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { type: 'object' },
};

export function isOpenShift({ apiVersion, kind }: KubernetesObject): boolean {
  return `${apiVersion} ${kind}` in DEFINITIONS;
}

let validators: Ajv | undefined;

/** @returns what is wrong, a line each */
export function checkOpenShift({ ...object }: KubernetesObject): string[] {
  validators ??= readSpecification();
  const name = DEFINITIONS[`${object.apiVersion} ${object.kind}`] ?? '';
  const validate = validators.getSchema(`#/definitions/${name}`) as ValidateFunction | undefined;
  if (!validate) return [`the specification has no ${name}`];
  if (validate(object)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    const field = params.additionalProperty as string | undefined;
    return `data${instancePath} ${message}${field === undefined ? '' : `: ${field}`}`;
  });
}

function readSpecification(): Ajv {
  const path = 'openshift-rest-client/lib/specs/openshift-openapi-spec.json.gz';
  const packed = readFileSync(fileURLToPath(import.meta.resolve(path)));
  const { definitions } = JSON.parse(gunzipSync(packed).toString()) as {
    definitions: Record<string, JsonMap>;
  };
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      LOOSE[name] ?? (makeStrict(definition) as JsonMap),
    ]),
  );
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  return ajv.addSchema({ $id: '', definitions: strict });
}

function makeStrict(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(makeStrict);
  if (!isMap(schema)) return schema;
  const changed = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, makeStrict(value)]),
  );
  if (!isMap(schema.properties)) return changed;
  const required = Array.isArray(schema.required)
    ? schema.required.filter((name: Json) => !isOfServer(name))
    : [];
  return { ...changed, required, additionalProperties: schema.additionalProperties ?? false };
}

/** Fields that the server fills in. */
function isOfServer(name: Json): boolean {
  return name === 'status' || name === 'wildcardPolicy';
}
