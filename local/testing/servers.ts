/** NATS and PostgreSQL for tests, made by the same code as those that users run. */
import { rmSync } from 'node:fs';
import { type NatsOptions, prepareNats } from '../nats-server.ts';
import { freePort } from '../ports.ts';
import { preparePostgres } from '../postgres.ts';
import { type PostgresSettings, testPostgresSettings } from '../postgres-settings.ts';
import { copyPostgresTemplate } from './postgres-template.ts';
import { Running } from './running.ts';
import { temporaryFolder } from './temporary-folder.ts';

const FILE_STORE_BYTES_MAX = 4 * 1024 ** 3;
const MEMORY_STORE_BYTES_MAX = 512 * 1024 ** 2;

export type NatsServer = Running;
export type PostgresServer = Running;

/** Starts an empty nats-server with JetStream, configured as `npm start` does. */
export async function startNats(
  options: Partial<Pick<NatsOptions, 'fileStoreBytesMax' | 'memoryStoreBytesMax'>> = {},
): Promise<NatsServer> {
  const folder = temporaryFolder();
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
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
 */
export async function startPostgres(settings: PostgresSettings = {}): Promise<PostgresServer> {
  const folder = temporaryFolder();
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  try {
    await copyPostgresTemplate(folder);
    const server = await preparePostgres({
      folder,
      port: freePort(),
      settings: { ...testPostgresSettings, ...settings },
    });
    return await Running.start(server, server.url, cleanUp);
  } catch (error) {
    cleanUp();
    throw error;
  }
}
