/** Everything that a preview is made of, rendered from the templates. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '@overseer/local/commands';
import {
  type KubernetesObject,
  type KubernetesOptions,
  type Platform,
  parseParameterFile,
  readTemplate,
  renderTemplate,
  TEMPLATES_FOLDER,
  TemplateError,
  toKubernetes,
} from '../template/mod.ts';

/** In the order in which they are applied: the services look for the servers. */
const TEMPLATES = ['preview-project', 'nats', 'postgres', 'overseer'] as const;
type PreviewTemplate = (typeof TEMPLATES)[number];

/** What a preview has unless told. */
const PARAMETER_FILE = join(TEMPLATES_FOLDER, 'lite.env');

export type Parameters = Readonly<Record<string, string>>;

export interface PreviewObjects {
  readonly project: KubernetesObject;
  /** Rights in the project, which its maker has not by having made it. */
  readonly rights: readonly KubernetesObject[];
  /** Quota, limits and network policies, before anything that they guard. */
  readonly guards: readonly KubernetesObject[];
  /** Tokens and passwords: those of before are kept. */
  readonly secrets: readonly KubernetesObject[];
  readonly contents: readonly KubernetesObject[];
}

/** On what is made once; the templates put it on Secrets whose values they generate. */
const ONCE_LABEL = 'overseer.dev/once';

/** Parameters of a preview from a file, `lite.env` unless told. @throws UsageError */
export function readParameterFile(path = PARAMETER_FILE): Parameters {
  try {
    return parseParameterFile(readFileSync(path, 'utf8'), path);
  } catch (error) {
    throw new UsageError(`--param-file can't be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Renders all templates with the same parameters; each takes those that it has. Tokens and passwords are other ones at each call.
 * @param options for a Kubernetes that is no OpenShift
 * @throws UsageError for parameters that none of them has, and in the words of `oc process`
 */
export function renderPreview(
  parameters: Parameters,
  platform: Platform,
  options: KubernetesOptions = {},
): PreviewObjects {
  const known = new Set(
    TEMPLATES.flatMap((name) => readTemplate(name).parameters.map((parameter) => parameter.name)),
  );
  const unknown = Object.keys(parameters).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new UsageError(`No template has a parameter ${unknown.join(', ')}.`);
  }
  const [guarding, ...others] = TEMPLATES.map((name) =>
    asUsage(() => {
      const objects = renderTemplate(readTemplate(name), parametersOf(name, parameters));
      return platform === 'openshift' ? objects : toKubernetes(objects, options);
    }),
  );
  const project = guarding?.find(({ kind }) => kind === 'Project' || kind === 'Namespace');
  if (!guarding || !project) throw new Error('preview-project.yaml has no Project');
  const contents = others.flat();
  const isOnce = ({ metadata }: KubernetesObject) => metadata.labels?.[ONCE_LABEL] === 'true';
  const isRight = ({ kind }: KubernetesObject) => kind === 'RoleBinding';
  return {
    project,
    rights: guarding.filter(isRight),
    guards: guarding.filter((object) => object !== project && !isRight(object)),
    secrets: contents.filter(isOnce),
    contents: contents.filter((object) => !isOnce(object)),
  };
}

/** All of them in one list. */
export function allObjects(objects: PreviewObjects): KubernetesObject[] {
  const { project, rights, guards, secrets, contents } = objects;
  return [project, ...rights, ...guards, ...secrets, ...contents];
}

/** What has pods that must run, by name. */
export function workloadNames({ contents }: PreviewObjects): string[] {
  return contents
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map(({ metadata }) => metadata.name);
}

function parametersOf(name: PreviewTemplate, parameters: Parameters): Parameters {
  const names = new Set(readTemplate(name).parameters.map((parameter) => parameter.name));
  return Object.fromEntries(Object.entries(parameters).filter(([key]) => names.has(key)));
}

function asUsage<T>(render: () => T): T {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}
