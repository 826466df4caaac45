/** NATS and PostgreSQL for tests, made by the same code as those that users run. */

import { rmSync } from 'node:fs';
import { type NatsOptions, prepareNats } from '../nats-server.ts';
import { type PostgresProgram, preparePostgres } from '../postgres.ts';
import { type PostgresSettings, testPostgresSettings } from '../postgres-settings.ts';
import { freePort } from './ports.ts';
import { copyPostgresTemplate } from './postgres-template.ts';
import { Running } from './running.ts';
import { temporaryFolder } from './temporary-folder.ts';

const FILE_STORE_BYTES_MAX = 4 * 1024 ** 3;
const MEMORY_STORE_BYTES_MAX = 512 * 1024 ** 2;

export type NatsServer = Running;
export type PostgresServer = Running<PostgresProgram>;

/** Where a server for tests keeps its data: a temporary folder, or what lies in one that the caller removes. */
export interface TestPlace {
  readonly folder?: string;
}

/** Starts an empty nats-server with JetStream, configured as `npm start` does. */
export async function startNats(
  options: Partial<Pick<NatsOptions, 'fileStoreBytesMax' | 'memoryStoreBytesMax'>> & TestPlace = {},
): Promise<NatsServer> {
  const { folder, cleanUp } = place(options);
  try {
    const port = freePort();
    const nats = await prepareNats({
      fileStoreBytesMax: FILE_STORE_BYTES_MAX,
      memoryStoreBytesMax: MEMORY_STORE_BYTES_MAX,
      ...options,
      folder,
      port,
    });
    return await Running.start(nats, nats.url, cleanUp);
  } catch (error) {
    cleanUp();
    throw error;
  }
}

/**
 * Starts an empty PostgreSQL with the database `overseer`; `url` has its superuser and password.
 * @param settings over those for tests, which don't wait for the disk
 * @param options.environment added to the server's own
 */
export async function startPostgres(
  settings: PostgresSettings = {},
  options: TestPlace & { readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<PostgresServer> {
  const { folder, cleanUp } = place(options);
  try {
    await copyPostgresTemplate(folder);
    const server = await preparePostgres({
      folder,
      port: freePort(),
      settings: { ...testPostgresSettings, ...settings },
    });
    const environment = { ...server.environment, ...options.environment };
    return await Running.start({ ...server, environment }, server.url, cleanUp);
  } catch (error) {
    cleanUp();
    throw error;
  }
}

function place({ folder }: TestPlace): { folder: string; cleanUp: () => void } {
  if (folder !== undefined) return { folder, cleanUp: () => {} };
  const temporary = temporaryFolder();
  return { folder: temporary, cleanUp: () => rmSync(temporary, { recursive: true, force: true }) };
}
