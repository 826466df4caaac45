/** The PostgreSQL that a command works on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../child.ts';
import { FolderLockedError, lockFolder } from '../folder-lock.ts';
import { readInstance } from '../instance-file.ts';
import { freePort } from '../ports.ts';
import { preparePostgres } from '../postgres.ts';
import { defaultPostgresSettings } from '../postgres-settings.ts';
import { readLocalSettings } from '../settings.ts';
import { CommandError, UsageError } from './command.ts';

export interface DatabaseNeed {
  /** Whether the command can't work on the PostgreSQL of a running instance, whose store uses it. */
  readonly isAlone: boolean;
  /** Whether there may be no data folder yet. */
  readonly mayBeNew: boolean;
}

/**
 * Runs an action on DATABASE_URL; otherwise on the PostgreSQL of the instance that runs here; otherwise on that of the data folder, which is
 * started for as long as the action takes.
 * @throws UsageError, CommandError
 */
export async function withDatabase<T>(
  { isAlone, mayBeNew }: DatabaseNeed,
  action: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const { databaseUrl, dataFolder } = readLocalSettings();
  if (databaseUrl) return action(databaseUrl);
  const instance = readInstance(dataFolder);
  if (instance && isAlone) {
    throw new CommandError(
      `Overseer is running on ${dataFolder}, and its store uses the database: stop it, then try again.`,
    );
  }
  if (instance) return action(instance.databaseUrl);
  if (!mayBeNew && !existsSync(join(dataFolder, 'postgres'))) {
    throw new UsageError(
      `There is no PostgreSQL in ${dataFolder}: set DATABASE_URL, or DATA_DIR to the folder of the data.`,
    );
  }
  return withOwnServer(dataFolder, action);
}

/**
 * Of DATABASE_URL, otherwise of the instance that runs here.
 * @throws UsageError when nothing runs
 */
export function runningDatabase(): string {
  const { databaseUrl, dataFolder } = readLocalSettings();
  if (databaseUrl) return databaseUrl;
  const instance = readInstance(dataFolder);
  if (instance) return instance.databaseUrl;
  throw new UsageError(
    `No Overseer is running on ${dataFolder}. Start it with "npm start", or set DATABASE_URL.`,
  );
}

async function withOwnServer<T>(
  dataFolder: string,
  action: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const lock = await lockFolder(dataFolder, (line) => console.error(line)).catch(
    (cause: unknown) => {
      if (!(cause instanceof FolderLockedError)) throw cause;
      throw new CommandError(cause.message, { cause });
    },
  );
  try {
    const server = await preparePostgres({
      folder: dataFolder,
      port: freePort(),
      settings: defaultPostgresSettings,
    });
    const child = await Child.start(server, { inheritedFile: lock.file });
    try {
      await child.ready();
      return await action(server.url);
    } finally {
      await child.stop();
    }
  } finally {
    lock.release();
  }
}
