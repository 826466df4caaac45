/** The templates of OpenShift, rendered as `oc process` would. */
export { type KubernetesOptions, type Platform, toKubernetes } from './kubernetes.ts';
export * from './kubernetes-object.ts';
export { parseAssignment, parseParameterFile } from './parameter-values.ts';
export { renderTemplate } from './render.ts';
export * from './template.ts';
export { TemplateError } from './template-error.ts';
