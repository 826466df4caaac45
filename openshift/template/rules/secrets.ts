import { describeObject, type KubernetesObject } from '../kubernetes-object.ts';
import type { Template } from '../template.ts';

/** A parameter that is a secret itself; SECRET at the end is the name of an object. */
const SECRET_NAME = /(PASSWORD|TOKEN|KEY)$/;

/** Parameters that are secrets have no value in the template, but a generator. */
export function checkSecretParameters({ parameters }: Template): string[] {
  return parameters.flatMap(({ name, value, generate, from = '' }) => {
    const isSecret = generate !== undefined || SECRET_NAME.test(name);
    if (!isSecret || name.endsWith('_SECRET_KEY')) return [];
    return [
      ...(value ? [`${name} has a value in clear`] : []),
      ...(generate === 'expression' ? [] : [`${name} is not generated`]),
      // Of 62 characters, 40 are 238 bits.
      ...(charactersOf(from) >= 40 ? [] : [`${name} has ${charactersOf(from)} random characters`]),
    ];
  });
}

function charactersOf(from: string): number {
  return Number(/\[a-zA-Z0-9\]\{(\d+)\}/.exec(from)?.[1] ?? 0);
}

/**
 * Nothing in a Secret but what is generated, and nothing generated but in Secrets.
 * @param one and other: two renderings with the same parameters; what differs is generated
 * @param generated values of the first
 */
export function checkSecretValues(
  one: readonly KubernetesObject[],
  other: readonly KubernetesObject[],
  generated: readonly string[],
): string[] {
  return one.flatMap((object, index) => {
    if (object.kind !== 'Secret') {
      const text = JSON.stringify(object);
      const isShown = generated.some((value) => text.includes(value));
      return isShown ? [`${describeObject(object)} has a generated value in clear`] : [];
    }
    const again = other[index]?.stringData as Record<string, string>;
    const fixed = Object.entries((object.stringData ?? {}) as Record<string, string>).filter(
      ([key, value]) => again[key] === value,
    );
    const isOnce = object.metadata.labels?.['overseer.dev/once'] === 'true';
    return [
      ...fixed.map(([key]) => `${describeObject(object)}: ${key} is not generated`),
      ...(object.data ? [`${describeObject(object)} has data in clear`] : []),
      ...(isOnce ? [] : [`${describeObject(object)} is made anew by each update`]),
    ];
  });
}
