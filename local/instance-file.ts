/** What a running instance tells others on the machine: how to reach it. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from './private-file.ts';

export interface Instance {
  /** Of the runner. */
  readonly processId: number;
  readonly ingressUrl: string;
  /** The page and, below it, the query API. */
  readonly pageUrl: string;
  readonly storeUrl: string;
  readonly processorUrl: string;
  /** This and the next with their passwords: the file is readable by its owner alone. */
  readonly natsUrl: string;
  readonly databaseUrl: string;
}

export function writeInstance(dataFolder: string, instance: Instance): void {
  writePrivateFile(instancePath(dataFolder), `${JSON.stringify(instance, null, 2)}\n`);
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
