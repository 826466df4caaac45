import { expect, test } from 'bun:test';
import { startPostgres } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import { SYSTEM_DATABASE, SYSTEM_RETENTION_MS } from '@overseer/shared/system-database';
import { Catalogue } from '../catalogue.ts';
import { migrate } from '../migrations.ts';
import { connectPostgres } from '../postgres.ts';
import { readRetention, setRetention } from './retention-questions.ts';

test('_overseer - is kept for a time of its own, until somebody says otherwise', async () => {
  await using server = await startPostgres();
  const database = connectPostgres(server.url, 'test', 4);
  try {
    await migrate(database);
    const catalogue = new Catalogue(database, createLogger('test'));
    const need = (db: string, measurement: string) => ({
      database: db,
      measurement,
      fields: [{ name: 'f', type: 'float' as const }],
      ns: false,
    });
    const retentionOf = async (db: string) => (await readRetention(database, db))[0]?.retention;
    await catalogue.ensure([need(SYSTEM_DATABASE, 'first'), need('other', 'first')]);
    expect(await retentionOf(SYSTEM_DATABASE)).toBe(SYSTEM_RETENTION_MS);
    expect(await retentionOf('other')).toBeUndefined();
    await setRetention(database, {
      db: SYSTEM_DATABASE,
      measurement: undefined,
      retention: undefined,
    });
    await catalogue.ensure([need(SYSTEM_DATABASE, 'second')]);
    expect(await retentionOf(SYSTEM_DATABASE)).toBeUndefined();
  } finally {
    await database.end({ timeout: 1 });
  }
});
