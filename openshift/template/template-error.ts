/** The template, or what was given for its parameters, is wrong; the message is in the words of `oc process`. */
export class TemplateError extends Error {
  override name = 'TemplateError';
}
