/** `npm start`: runs everything until it is told to stop. */
import { lineText } from '@overseer/shared/log/line-text';
import { SettingError } from '@overseer/shared/settings';
import { styleFor } from '@overseer/shared/terminal-style';
import { FolderLockedError } from './folder-lock.ts';
import type { Instance } from './instance-file.ts';
import { Overseer, SetUpError } from './overseer.ts';
import { type LocalSettings, readLocalSettings } from './settings.ts';

/** A Ctrl-C reaches us twice, from the terminal and from npm. A second one means it only after this long. */
const SECOND_SIGNAL_AFTER_MS = 1000;

const NAME_WIDTH = 'collector'.length;

const style = styleFor(process.stdout);

function print(name: string, line: string): void {
  console.log(`${name.padEnd(NAME_WIDTH)} | ${lineText(line, { style })}`);
}

function whereToLook(instance: Instance, settings: LocalSettings): string {
  // In the words of whoever started us: a machine may have npm or Bun alone.
  const isByBun = process.env.npm_config_user_agent?.startsWith('bun/');
  const command = isByBun ? 'bun run overseer' : 'npm run -s overseer --';
  const collected = [
    '',
    "This machine's own metrics:",
    `  ${command} sql 'select * from host.cpu order by time desc limit 5'`,
  ];
  return [
    '',
    `Overseer is ready: look at ${instance.pageUrl}`,
    '',
    ...(settings.tokens || settings.tokensFile
      ? ['Requests and people need a token: npm run -s overseer -- help token', '']
      : []),
    `Write line protocol to ${instance.ingressUrl}/write?db=<database>, for example`,
    `  curl -i '${instance.ingressUrl}/write?db=demo' --data-binary 'room,name=kitchen temperature=21.5'`,
    'and read it back by SQL:',
    `  ${command} sql 'select * from demo.room order by time desc limit 5'`,
    ...(settings.collector === 'on' ? collected : []),
    '',
    'psql, Grafana and other clients of PostgreSQL need a login, which only reads:',
    `  ${command} sql-user create --name <name>`,
    '',
    `Data is kept in ${settings.dataFolder}. Ctrl-C stops everything.`,
    '',
  ].join('\n');
}

async function main(): Promise<number> {
  const settings = readLocalSettings();
  const overseer = await Overseer.prepare(settings, print);
  let signalledAt: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (signalledAt === undefined) {
      signalledAt = now;
      print('overseer', 'stopping; once more ends everything at once');
      void overseer.stop();
    } else if (now - signalledAt > SECOND_SIGNAL_AFTER_MS) {
      overseer.kill();
    }
  };
  const told = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      onSignal();
      told.resolve();
    });
  }
  try {
    console.log(whereToLook(await overseer.start(), settings));
    await told.promise;
    return 0;
  } catch (error) {
    if (signalledAt !== undefined) return 0;
    print('overseer', error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await overseer.stop();
    print('overseer', 'stopped');
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isOperators =
    error instanceof SettingError ||
    error instanceof SetUpError ||
    error instanceof FolderLockedError;
  if (!isOperators) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
