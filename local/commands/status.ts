/** `overseer status`: what runs, how full it is, and how far behind. */
import { parseArgs } from 'node:util';
import {
  type Bus,
  type DatabaseStatus,
  type RetentionEnd,
  readStreamStatus,
  type StatusEnd,
  type StatusPart,
  type StreamStatus,
} from '@overseer/shared';
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
  readonly streams?: readonly StreamStatus[];
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
  const problems = new Set<string>();
  const learn: Learn = async (answer) => {
    try {
      return await answer;
    } catch (error) {
      const failure = describeFailure(error);
      if (!failure || failure.exitCode !== EXIT.failed || signal.aborted) throw error;
      problems.add(failure.message);
      return undefined;
    }
  };
  const answers = await learn(withBus(natsUrl, (bus) => askAll(bus, learn, signal)));
  return { services, problems: [...problems], ...answers };
}

/** The answer; undefined when there is none, which is a problem then. Where there is nothing to tell of, the failure is the whole answer. */
type Learn = <T>(answer: Promise<T>) => Promise<T | undefined>;

/** Each by itself: what one can't tell, another may. */
async function askAll(bus: Bus, learn: Learn, signal: AbortSignal): Promise<Partial<Status>> {
  const databases: DatabaseStatus[] = [];
  const onPart = (part: StatusPart) => void databases.push(...part.databases);
  const [told, retention] = await Promise.all([
    learn(askStore<StatusEnd, StatusPart>(bus, 'status', {}, { signal, onPart })),
    learn(askStore<RetentionEnd>(bus, 'retention', {}, { signal })),
  ]);
  const streams = told?.streams ?? (await learn(readStreamStatus(bus)));
  return {
    ...(streams && { streams }),
    ...(told && { store: told, databases }),
    ...(retention && { retention }),
  };
}
