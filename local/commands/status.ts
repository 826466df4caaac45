/** `overseer status`: what runs, how full it is, and how far behind. */
import { parseArgs } from 'node:util';
import type { Bus, DatabaseStatus, RetentionEnd, StatusEnd, StatusPart } from '@overseer/shared';
import { readInstance } from '../instance-file.ts';
import { readHealth, type ServiceHealth } from '../service-health.ts';
import { readLocalSettings } from '../settings.ts';
import { askStore, NATS_OPTION, NATS_USAGE, withBus } from './bus.ts';
import type { Command } from './command.ts';
import { describeFailure, EXIT } from './failure.ts';
import { formatStatus } from './status-text.ts';

/** Everything that `status` knows; what could not be learned is absent, and `problems` says why. */
export interface Status {
  /** Of the instance that runs here; none with `--nats` or NATS_URL. */
  readonly services: readonly ServiceHealth[];
  readonly problems: readonly string[];
  readonly store?: StatusEnd;
  readonly databases?: readonly DatabaseStatus[];
  readonly retention?: RetentionEnd;
}

export const status: Command = {
  summary: 'show what runs, how full it is, and how far behind',
  usage: `overseer status [--json]

Shows the services of the running instance, the streams with how full they are, the partitions with
their owner, position and lag, dead letters, and the databases with their size and retention.

Exit code 0: everything answers and is ready; 1: something is not, as the output says.

--json        prints everything as one JSON object; times are milliseconds, sizes bytes
${NATS_USAGE}`,

  async run(args, { signal }) {
    const { values } = parseArgs({
      args: [...args],
      options: { ...NATS_OPTION, json: { type: 'boolean', default: false } },
    });
    const found = await readStatus(values.nats, signal);
    console.log(values.json ? JSON.stringify(found) : formatStatus(found));
    const isWell = found.problems.length === 0 && found.services.every(({ isReady }) => isReady);
    return isWell ? EXIT.done : EXIT.failed;
  },
};

async function readStatus(natsUrl: string | undefined, signal: AbortSignal): Promise<Status> {
  const settings = readLocalSettings();
  const instance =
    natsUrl === undefined && settings.natsUrl === undefined
      ? readInstance(settings.dataFolder)
      : undefined;
  const services = instance ? await readHealth(instance) : [];
  try {
    const answers = await withBus(natsUrl, (bus) => askAll(bus, signal));
    return { services, problems: [], ...answers };
  } catch (error) {
    const failure = describeFailure(error);
    // Where there is nothing to tell of, the failure is the whole answer.
    if (!failure || failure.exitCode !== EXIT.failed || signal.aborted) throw error;
    return { services, problems: [failure.message] };
  }
}

async function askAll(bus: Bus, signal: AbortSignal) {
  const databases: DatabaseStatus[] = [];
  const store = await askStore<StatusEnd, StatusPart>(
    bus,
    'status',
    {},
    {
      signal,
      onPart: (part) => {
        databases.push(...part.databases);
      },
    },
  );
  const retention = await askStore<RetentionEnd>(bus, 'retention', {}, { signal });
  return { store, databases, retention };
}
