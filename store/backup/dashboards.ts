import {
  type Bucket,
  type Bus,
  connectBus,
  createLogger,
  DASHBOARDS_BUCKET,
  RevisionError,
  StreamReplacedError,
} from '@overseer/shared';
import type { Section } from './reader.ts';
import { BackupReader } from './reader.ts';
import { RestoreError } from './restore-error.ts';
import type { BackupWriter } from './writer.ts';

/** How long a NATS server may take to take a connection. */
const CONNECT_TIMEOUT_MS = 5000;

/** A line of the section: the value as the bucket has it, which is JSON, in base64, because one may be damaged. */
interface DashboardLine {
  readonly key: string;
  readonly value: string;
}

/** A dashboard as it was saved last; also a deleted one. */
export interface KeptDashboard {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface ReturnSummary {
  /** Dashboards that NATS did not have any more. */
  readonly returned: number;
  /** Dashboards that NATS has: they stay as they are. */
  readonly kept: number;
}

/** All dashboards that NATS has, without their histories; none where no store has made their bucket yet. */
export function readDashboards(natsUrl: string): Promise<readonly KeptDashboard[]> {
  return withBus(natsUrl, async (bus) => {
    const bucket = await dashboardsBucket(bus);
    const entries = (await bucket?.entries()) ?? [];
    return entries.flatMap(({ key, value }) => (value ? [{ key, value }] : []));
  });
}

export function writeDashboards(
  writer: Pick<BackupWriter, 'begin' | 'add' | 'end'>,
  dashboards: readonly KeptDashboard[],
): void {
  writer.begin({ kind: 'dashboards' });
  for (const { key, value } of dashboards) {
    const line: DashboardLine = { key, value: Buffer.from(value).toString('base64') };
    writer.add(Buffer.from(`${JSON.stringify(line)}\n`));
  }
  writer.end();
}

/** Dashboards of a section. */
export function* dashboardsOf(content: Iterable<Uint8Array>): Generator<KeptDashboard, void, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for (const chunk of content) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { key, value } = JSON.parse(line) as DashboardLine;
      yield { key, value: Buffer.from(value, 'base64') };
    }
  }
}

/**
 * Gives NATS the dashboards of a backup that it has no more. Those that it has were changed since, or are the same: they stay.
 * @param onProgress told of bytes of the file that are done, of all
 * @throws RestoreError, BackupFormatError; what the bus throws
 */
export function returnDashboards(
  natsUrl: string,
  path: string,
  onProgress: (done: number, total: number) => void,
): Promise<ReturnSummary> {
  return withBus(natsUrl, async (bus) => {
    const bucket = await dashboardsBucket(bus);
    if (!bucket) {
      throw new RestoreError(
        `NATS has no bucket ${DASHBOARDS_BUCKET} yet: start the store, which makes it, then try again`,
      );
    }
    using reader = new BackupReader(path);
    const summary = { returned: 0, kept: 0 };
    let isThere = false;
    for (const section of reader.sections()) {
      if (section.head.kind === 'dashboards') {
        isThere = true;
        await giveBack(bucket, section, summary);
      } else for (const _ of section.content()) onProgress(reader.bytes, reader.size);
    }
    if (!isThere) throw new RestoreError(`${path} has no dashboards: it was made without them`);
    return summary;
  });
}

async function giveBack(
  bucket: Bucket,
  section: Section,
  summary: { returned: number; kept: number },
): Promise<void> {
  for (const { key, value } of dashboardsOf(section.content())) {
    try {
      await bucket.create(key, value);
      summary.returned++;
    } catch (error) {
      if (!(error instanceof RevisionError)) throw error;
      summary.kept++;
    }
  }
}

async function dashboardsBucket(bus: Bus): Promise<Bucket | undefined> {
  try {
    return await bus.bucket(DASHBOARDS_BUCKET);
  } catch (error) {
    if (error instanceof StreamReplacedError) return undefined;
    throw error;
  }
}

async function withBus<T>(natsUrl: string, action: (bus: Bus) => Promise<T>): Promise<T> {
  const log = createLogger('backup');
  // Lines of its own on standard output would be taken for ours; what fails is thrown.
  log.level = 'silent';
  const connectTimeoutMs = CONNECT_TIMEOUT_MS;
  const bus = await connectBus({ url: natsUrl, name: 'overseer-backup', log, connectTimeoutMs });
  try {
    return await action(bus);
  } finally {
    // A server that is gone by now has nothing to be told.
    await bus.close().catch(() => undefined);
  }
}
