import {
  type AdministrationKind,
  type AskToEndOptions,
  administrationSubject,
  askToEnd,
  type Bus,
  connectBus,
  createLogger,
  withoutSecrets,
} from '@overseer/shared';
import { readInstance } from '../instance-file.ts';
import { readLocalSettings } from '../settings.ts';
import { CommandError, UsageError } from './command.ts';

/** How long a NATS server may take to take a connection. */
const CONNECT_TIMEOUT_MS = 5000;

/** The option that every command which speaks to NATS has; its value goes to {@link withBus}. */
export const NATS_OPTION = { nats: { type: 'string' } } as const;
export const NATS_USAGE =
  '--nats <url>  the NATS server; otherwise NATS_URL, otherwise that of the instance running here';

/**
 * Connects to NATS for the time of an action.
 * @param natsUrl of the option `--nats`, if it was given
 * @throws UsageError when nothing says where NATS is; CommandError when it is not there
 */
export async function withBus<T>(
  natsUrl: string | undefined,
  action: (bus: Bus) => Promise<T>,
): Promise<T> {
  const url = natsUrl ?? findNats();
  const log = createLogger('overseer');
  // Logs go to standard output, which is for data here; what fails is told by the action.
  log.level = 'silent';
  const bus = await connectBus({
    url,
    name: 'overseer-command',
    log,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  }).catch((cause: unknown) => {
    throw new CommandError(
      `Can't use NATS at ${withoutSecrets(url)}: ${cause instanceof Error ? cause.message : cause}. ` +
        'Check that it runs, or say where it is with --nats or NATS_URL.',
      { cause },
    );
  });
  try {
    return await action(bus);
  } finally {
    // A server that is gone by now has nothing to be told.
    await bus.close().catch(() => undefined);
  }
}

/** The NATS of NATS_URL, otherwise of the instance that runs here. @throws UsageError */
export function findNats(): string {
  const { natsUrl, dataFolder } = readLocalSettings();
  if (natsUrl) return natsUrl;
  const instance = readInstance(dataFolder);
  if (instance) return instance.natsUrl;
  throw new UsageError(
    `No Overseer is running on ${dataFolder}. Start it with "npm start", or say where NATS is with --nats or NATS_URL.`,
  );
}

export interface AskStoreOptions<Part> extends AskToEndOptions<Part> {
  /** Of the command: Ctrl-C cancels the question. */
  readonly signal: AbortSignal;
}

/**
 * Asks the store `admin.<kind>` of the contract; gives the body of the answer's end.
 * @throws AnswerError, which `describeFailure` has words for
 */
export function askStore<End, Part = unknown>(
  bus: Bus,
  kind: AdministrationKind,
  question: object,
  options: AskStoreOptions<Part>,
): Promise<End> {
  return askToEnd(bus, administrationSubject(kind), question, options);
}
