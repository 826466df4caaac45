import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, type JsonMap } from './kubernetes-object.ts';
import { TemplateError } from './template-error.ts';

/** What a person may choose when a template is processed. */
export interface Parameter {
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly value?: string;
  readonly generate?: string;
  readonly from?: string;
  readonly required?: boolean;
}

/** A `Template` of `template.openshift.io/v1`. */
export interface Template {
  readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
  /** For the user, with parameters in it. */
  readonly message?: string;
  /** Put on every object. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly parameters: readonly Parameter[];
  readonly objects: readonly JsonMap[];
}

/** The templates of this project. */
export const TEMPLATE_NAMES = [
  'cluster-setup',
  'preview-project',
  'nats',
  'postgres',
  'overseer',
] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];

/** Folder of the templates and of the parameter files. */
export const TEMPLATES_FOLDER = join(import.meta.dir, '..', 'templates');

/** One of the project's templates. @throws TemplateError when it is none */
export function readTemplate(name: TemplateName): Template {
  const path = join(TEMPLATES_FOLDER, `${name}.yaml`);
  return parseTemplate(readFileSync(path, 'utf8'), path);
}

/**
 * @param text YAML or JSON
 * @param source for errors
 * @throws TemplateError when it is no template
 */
export function parseTemplate(text: string, source: string): Template {
  const document: unknown = parseYaml(text, source);
  if (!isMap(document) || document.kind !== 'Template') {
    throw new TemplateError(`unable to parse "${source}", not a valid Template`);
  }
  const { metadata, labels, message, objects = [], parameters = [] } = document;
  if (!isMap(metadata) || !Array.isArray(objects) || !Array.isArray(parameters)) {
    throw new TemplateError(
      `unable to parse "${source}": metadata, parameters or objects is missing`,
    );
  }
  return {
    metadata: metadata as JsonMap & Template['metadata'],
    ...(isMap(labels) && { labels: labels as Record<string, string> }),
    ...(typeof message === 'string' && { message }),
    parameters,
    objects,
  };
}

function parseYaml(text: string, source: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch (cause) {
    throw new TemplateError(`unable to parse "${source}": ${(cause as Error).message}`, { cause });
  }
}
