import { describeObject, type KubernetesObject } from '../kubernetes-object.ts';
import { checkKubernetes, isKubernetes } from './kubernetes-schemas.ts';
import { checkOpenShift, isOpenShift } from './openshift-schemas.ts';

/** What no API server would take of an object, unknown fields included. @returns a line each */
export async function checkSchema(object: KubernetesObject): Promise<string[]> {
  const errors = await errorsOf(object);
  return errors.map((error) => `${describeObject(object)}: ${error}`);
}

async function errorsOf(object: KubernetesObject): Promise<string[]> {
  if (isOpenShift(object)) return checkOpenShift(object);
  if (isKubernetes(object)) return checkKubernetes(object);
  return [`nothing here knows ${object.kind} of ${object.apiVersion}`];
}
