/** What a running instance tells others on the machine: how to reach it. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Instance {
  /** Of the runner. */
  readonly processId: number;
  readonly ingressUrl: string;
  /** The page and, below it, the query API. */
  readonly pageUrl: string;
  readonly storeUrl: string;
  readonly natsUrl: string;
  /** With the password: the file is readable by its owner alone. */
  readonly databaseUrl: string;
}

export function writeInstance(dataFolder: string, instance: Instance): void {
  const path = instancePath(dataFolder);
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, `${JSON.stringify(instance, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, path);
}

/** @returns undefined when none is running on that folder; the file of a killed runner counts as none */
export function readInstance(dataFolder: string): Instance | undefined {
  let text: string;
  try {
    text = readFileSync(instancePath(dataFolder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const instance = JSON.parse(text) as Instance;
  return existsSync(`/proc/${instance.processId}`) ? instance : undefined;
}

export function removeInstance(dataFolder: string): void {
  rmSync(instancePath(dataFolder), { force: true });
}

function instancePath(dataFolder: string): string {
  return join(dataFolder, 'run.json');
}
