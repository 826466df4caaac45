import { isMap, type Json, type JsonMap, type KubernetesObject } from './kubernetes-object.ts';
import { completeValues, type GivenValues } from './parameter-values.ts';
import type { Template } from './template.ts';
import { TemplateError } from './template-error.ts';

/** Anywhere in a string; it stays a string. */
const STRING_PARAMETER = /\$\{([a-zA-Z0-9_]+?)\}/g;
/** The whole of a string, and nothing else; the value becomes JSON. */
const RAW_PARAMETER = /^\$\{\{([a-zA-Z0-9_]+)\}\}$/;

type Values = ReadonlyMap<string, string>;

/**
 * Does what `oc process --local` does (openshift/library-go, pkg/template/templateprocessing): the same objects, so that either may be applied.
 *
 * - `${NAME}` is replaced in every string, as often as it is there; what names no parameter stays as it is.
 * - `${{NAME}}` as a whole string becomes the value read as JSON, or a string when it is none; `null` leaves the field out.
 * - Keys are not touched, but those of the template's labels, which go onto every object and win.
 * - A namespace without a parameter is left out: objects go where they are applied.
 *
 * @param given values of parameters by name
 * @throws TemplateError in the words of `oc process`
 */
export function renderTemplate(template: Template, given: GivenValues = {}): KubernetesObject[] {
  const values = completeValues(template, given);
  const labels = Object.fromEntries(
    Object.entries(template.labels ?? {}).map(([key, value]) => [
      substituteStrings(key, values),
      substituteStrings(value, values),
    ]),
  );
  return template.objects.map((object, index) => {
    const rendered = substitute(withoutFixedNamespace(object), values);
    if (!isObject(rendered)) {
      throw new TemplateError(
        `item[${index}].objects: unable to handle object: Object 'Kind', 'apiVersion' or 'metadata.name' is missing`,
      );
    }
    return withLabels(rendered, labels);
  });
}

function withLabels(object: KubernetesObject, labels: Record<string, string>): KubernetesObject {
  if (Object.keys(labels).length === 0) return object;
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...labels } } };
}

/** `oc` makes it empty, which means the same. */
function withoutFixedNamespace(object: JsonMap): JsonMap {
  const { metadata } = object;
  if (!isMap(metadata) || metadata.namespace === undefined) return object;
  const { namespace, ...rest } = metadata;
  const isParameter = typeof namespace === 'string' && namespace.search(STRING_PARAMETER) >= 0;
  return isParameter ? object : { ...object, metadata: rest };
}

function substitute(value: Json, values: Values): Json {
  if (typeof value === 'string') return substituteText(value, values);
  if (Array.isArray(value)) return value.map((item: Json) => substitute(item, values));
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(
    ([key, field]) =>
      [key, field === null ? null : (substitute(field, values) ?? undefined)] as const,
  );
  return Object.fromEntries(entries.filter(([, field]) => field !== undefined)) as JsonMap;
}

function substituteText(text: string, values: Values): Json {
  const raw = values.get(RAW_PARAMETER.exec(text)?.[1] ?? '');
  if (raw === undefined) return substituteStrings(text, values);
  try {
    return JSON.parse(raw) as Json;
  } catch {
    // Not a silent loss: as `oc` does, what is no JSON is a string.
    return raw;
  }
}

/** One after the other in the value so far, as `oc` does it. */
function substituteStrings(text: string, values: Values): string {
  let substituted = text;
  for (const [written, name = ''] of text.matchAll(STRING_PARAMETER)) {
    const value = values.get(name);
    if (value !== undefined) substituted = substituted.replace(written, () => value);
  }
  return substituted;
}

function isObject(value: Json): value is JsonMap & KubernetesObject {
  return (
    isMap(value) &&
    typeof value.apiVersion === 'string' &&
    typeof value.kind === 'string' &&
    isMap(value.metadata) &&
    typeof value.metadata.name === 'string'
  );
}
