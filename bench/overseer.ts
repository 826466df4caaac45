import { defaultPostgresSettings } from '@overseer/local/postgres-settings';
import { TestOverseer } from '@overseer/local/testing';
import { type Bus, connectBus, createLogger } from '@overseer/shared';
import postgres, { type Sql } from 'postgres';
import { CommitCounter } from './commits.ts';
import { natsVersion } from './pipeline.ts';
import { postgresVersion } from './postgres.ts';

/**
 * All that `npm start` runs, without the collector, with the usual settings and servers that wait
 * for the disk; nothing else uses it.
 */
export interface WholeOverseer extends AsyncDisposable {
  ingressUrl: string;
  frontendUrl: string;
  databaseUrl: string;
  sql: Sql;
  bus: Bus;
  commits: CommitCounter;
  processes: TestOverseer['processes'];
  versions: Readonly<Record<string, string>>;
}

/**
 * Starts it and waits until it is ready; stops what was started when something isn't.
 * @param environment settings of the services that are not the usual ones
 */
export async function startWholeOverseer(
  environment: Readonly<Record<string, string>> = {},
): Promise<WholeOverseer> {
  await using started = new AsyncDisposableStack();
  const overseer = started.use(
    await TestOverseer.start({
      environment,
      postgres: { ...defaultPostgresSettings, fsync: 'on' },
    }),
  );
  const sql = postgres(overseer.databaseUrl, { max: 1, onnotice: () => {} });
  started.defer(() => sql.end());
  const bus = await connectBus({
    url: overseer.natsUrl,
    name: 'bench',
    log: createLogger('bench'),
  });
  started.defer(() => bus.close());
  const commits = await CommitCounter.start(bus);
  started.defer(() => commits.stop());
  const versions = {
    postgres: await postgresVersion(sql),
    natsServer: await natsVersion(overseer.processes.nats),
  };
  const all = started.move();
  return {
    ingressUrl: overseer.ingressUrl,
    frontendUrl: overseer.frontendUrl,
    databaseUrl: overseer.databaseUrl,
    sql,
    bus,
    commits,
    processes: overseer.processes,
    versions,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/**
 * Removes all rows of a measurement, so that a long run doesn't fill the disk. Whatever is still on
 * its way is stored afterwards.
 */
export async function truncateMeasurement(
  sql: Sql,
  database: string,
  measurement: string,
): Promise<void> {
  const [found] = await sql<{ id: number }[]>`
    select m.id from overseer.measurements m join overseer.databases d on d.id = m.database_id
    where d.name = ${database} and m.name = ${measurement}`;
  if (found === undefined) throw new Error(`there is no measurement ${database}.${measurement}`);
  await sql`truncate points.${sql(`m${found.id}`)}`;
}
