/** `npm run render`: prints what templates make of parameters, as a List that `oc apply -f -` takes. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Platform, toKubernetes } from './kubernetes.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { parseAssignment, parseParameterFile } from './parameter-values.ts';
import { renderTemplate } from './render.ts';
import { readTemplate, TEMPLATE_NAMES, type Template, type TemplateName } from './template.ts';
import { TemplateError } from './template-error.ts';

const USAGE = `npm run -s render -- <template>… [options]

Prints the objects of templates as JSON, as "oc process --local" does, for "oc apply -f -" or "kubectl apply -f -".
Generated secrets come from the system's random numbers; those of oc come from the clock.

templates          ${TEMPLATE_NAMES.join(', ')}
--platform         openshift (default), or kubernetes: the same without kinds of OpenShift
--param-file FILE  lines KEY=value, such as openshift/templates/lite.env; may be given again
-p, --param K=V    one parameter, which wins over files; may be given again
--omit KIND        leave out objects of a kind, such as ServiceMonitor; may be given again
--ingress-class, --ingress-namespace   of the controller of Ingresses, on Kubernetes (nginx, ingress-nginx)
--parameters       print the parameters of the templates, and render nothing

A parameter counts for every template that has it, and is wrong when none has.`;

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

class UsageError extends Error {}

function readCommand() {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      platform: { type: 'string', default: 'openshift' },
      'param-file': { type: 'string', multiple: true, default: [] },
      param: { type: 'string', short: 'p', multiple: true, default: [] },
      omit: { type: 'string', multiple: true, default: [] },
      'ingress-class': { type: 'string' },
      'ingress-namespace': { type: 'string' },
      parameters: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return { ...values, platform: platformOf(values.platform), names: positionals.map(nameOf) };
}

function nameOf(text: string): TemplateName {
  const name = TEMPLATE_NAMES.find((known) => known === text);
  if (name) return name;
  throw new UsageError(`There is no template "${text}": ${TEMPLATE_NAMES.join(', ')}.`);
}

function platformOf(text: string): Platform {
  if (text === 'openshift' || text === 'kubernetes') return text;
  throw new UsageError(`--platform is "${text}"; valid is openshift or kubernetes.`);
}

/** Of all templates: a file of parameters is for all of them, also when only some are rendered. */
const ALL_NAMES = namesOf(TEMPLATE_NAMES.map(readTemplate));

function namesOf(templates: readonly Template[]): ReadonlySet<string> {
  return new Set(templates.flatMap(({ parameters }) => parameters.map(({ name }) => name)));
}

/** @throws TemplateError for a parameter of a file that no template has, and for another that none of those rendered has */
function readParameters(
  files: readonly string[],
  assignments: readonly string[],
  templates: readonly Template[],
): Record<string, string> {
  const fromFiles = Object.assign({}, ...files.map(readParameterFile)) as Record<string, string>;
  const given = Object.fromEntries(assignments.map((text) => parseAssignment(text)));
  refuseUnknown(Object.keys(fromFiles), ALL_NAMES);
  refuseUnknown(Object.keys(given), namesOf(templates));
  return { ...fromFiles, ...given };
}

/** Looked for where the command was typed, not where npm runs it. */
function readParameterFile(file: string): Record<string, string> {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), file);
  return parseParameterFile(readFileSync(path, 'utf8'), file);
}

function refuseUnknown(names: readonly string[], known: ReadonlySet<string>): void {
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new TemplateError(unknown.map((name) => `unknown parameter name "${name}"`).join('\n'));
}

function renderWith(template: Template, values: Record<string, string>): KubernetesObject[] {
  const names = namesOf([template]);
  const own = Object.entries(values).filter(([name]) => names.has(name));
  return renderTemplate(template, Object.fromEntries(own));
}

function printParameters(names: readonly TemplateName[]): void {
  for (const name of names) {
    console.log(`${name}:`);
    for (const parameter of readTemplate(name).parameters) {
      const value = parameter.generate ? 'generated' : (parameter.value ?? '');
      const mark = parameter.required && value === '' ? 'required' : value;
      console.log(`  ${parameter.name}=${mark}\n      ${parameter.description ?? ''}`);
    }
  }
}

function main(): void {
  const command = readCommand();
  const { names, platform } = command;
  if (command.help || names.length === 0) {
    if (!command.help) throw new UsageError(USAGE);
    console.log(USAGE);
    return;
  }
  if (command.parameters) {
    printParameters(names);
    return;
  }
  const templates = names.map(readTemplate);
  const values = readParameters(command['param-file'], command.param, templates);
  const objects = templates.flatMap((template) => renderWith(template, values));
  const ofPlatform = platform === 'openshift' ? objects : toKubernetes(objects, optionsOf(command));
  const items: KubernetesObject[] = ofPlatform.filter(({ kind }) => !command.omit.includes(kind));
  console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2));
}

function optionsOf(command: ReturnType<typeof readCommand>) {
  const { 'ingress-class': ingressClass, 'ingress-namespace': ingressNamespace } = command;
  return {
    ...(ingressClass !== undefined && { ingressClass }),
    ...(ingressNamespace !== undefined && { ingressNamespace }),
  };
}

try {
  main();
} catch (error) {
  const isUsage = error instanceof UsageError || error instanceof TypeError;
  console.error((error as Error).message);
  process.exitCode = isUsage ? EXIT_USAGE : EXIT_FAILURE;
}
