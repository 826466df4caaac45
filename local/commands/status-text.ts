import {
  type DatabaseStatus,
  DEAD_STREAM,
  type PartitionStatus,
  type RetentionEnd,
  type StatusEnd,
  type StreamStatus,
} from '@overseer/shared';
import { type Style, styleFor } from '@overseer/shared/terminal-style';
import type { ServiceHealth } from '../service-health.ts';
import { formatColumns } from '../terminal/columns.ts';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDurationMs,
  formatRetention,
} from '../terminal/units.ts';
import type { Status } from './status.ts';

/** A stream that is fuller than this is worth a colour: at its end ingress refuses. */
const FULL_SHARE = 0.8;
/** A partition whose oldest batch waits for longer is behind. */
const BEHIND_MS = 5000;

/** What `overseer status` shows: a paragraph each for services, streams, partitions and databases. */
export function formatStatus(status: Status, style = styleFor(process.stdout)): string {
  const { services, problems, streams, store, databases, retention } = status;
  const paragraphs = [
    ...(services.length > 0 ? [services.map((service) => serviceLine(service, style))] : []),
    ...problems.map((problem) => [style.red(problem)]),
    ...(streams ? [streamLines(streams, style)] : []),
    ...(store ? [partitionLines(store.partitions, style)] : []),
    ...(store && databases ? [databaseLines(store, databases, retention, style)] : []),
  ];
  return paragraphs.map((lines) => lines.join('\n')).join('\n\n');
}

function serviceLine({ name, url, isReady, troubles }: ServiceHealth, style: Style): string {
  const state = isReady ? style.green('ready') : style.red(['not ready', ...troubles].join('; '));
  return `${name.padEnd('processor'.length)}  ${url}  ${state}`;
}

function streamLines(streams: readonly StreamStatus[], style: Style): string[] {
  const columns = [
    { name: 'stream' },
    { name: 'messages', isNumber: true },
    { name: 'size', isNumber: true },
    { name: 'of', isNumber: true },
    { name: 'full', isNumber: true },
  ];
  const dead = streams.find(({ name }) => name === DEAD_STREAM)?.messages ?? 0;
  const lines = formatColumns(columns, streams.map(streamRow));
  const coloured = lines.map((line, index) => {
    const stream = streams[index - 2];
    return stream && shareOf(stream) >= FULL_SHARE ? style.red(line) : line;
  });
  if (dead === 0) return coloured;
  return [
    ...coloured,
    style.yellow(`${formatCounted(dead, 'dead letter')}: see "overseer dead list".`),
  ];
}

const shareOf = ({ bytes, bytesMax }: StreamStatus) => (bytesMax > 0 ? bytes / bytesMax : 0);

function streamRow(stream: StreamStatus): string[] {
  const { name, messages, bytes, bytesMax } = stream;
  const percent = `${Math.round(shareOf(stream) * 100)} %`;
  return [name, formatCount(messages), formatBytes(bytes), formatBytes(bytesMax), percent];
}

function partitionLines(partitions: readonly PartitionStatus[], style: Style): string[] {
  const columns = [
    { name: 'partition', isNumber: true },
    { name: 'owner' },
    { name: 'epoch', isNumber: true },
    { name: 'position', isNumber: true },
    { name: 'batches behind', isNumber: true },
    { name: 'time behind', isNumber: true },
    { name: 'parked', isNumber: true },
  ];
  const rows = partitions.map((each) => [
    String(each.partition),
    each.owner ?? 'nobody',
    String(each.epoch),
    String(each.sequence),
    formatCount(each.messagesBehind),
    formatDurationMs(each.behindMs),
    formatBytes(each.parkedBytes),
  ]);
  const lines = formatColumns(columns, rows).map((line, index) => {
    const partition = partitions[index - 2];
    const isBehind =
      partition &&
      (!partition.owner || partition.behindMs > BEHIND_MS || partition.parkedBlocks > 0);
    return isBehind ? style.yellow(line) : line;
  });
  if (partitions.every(({ parkedBlocks }) => parkedBlocks === 0)) return lines;
  return [
    ...lines,
    style.yellow(
      'Points are parked until a long transaction is over that reads their table: see pg_stat_activity.',
    ),
  ];
}

function databaseLines(
  { postgresBytes }: StatusEnd,
  databases: readonly DatabaseStatus[],
  retention: RetentionEnd | undefined,
  style: Style,
): string[] {
  const columns = [
    { name: 'database' },
    { name: 'measurements', isNumber: true },
    { name: 'series', isNumber: true },
    { name: 'time partitions', isNumber: true },
    { name: 'size', isNumber: true },
    { name: 'kept', isNumber: true },
  ];
  const keptOf = ({ db }: DatabaseStatus) => {
    if (!retention) return '?';
    const found = retention.databases.find((each) => each.db === db);
    return formatRetention(found?.retention === undefined ? retention.default : found.retention);
  };
  const rows = databases.map((each) => [
    each.db,
    formatCount(each.measurements),
    formatCount(each.series),
    formatCount(each.timePartitions),
    formatBytes(each.bytes),
    keptOf(each),
  ]);
  return [
    ...formatColumns(columns, rows),
    style.dim(`PostgreSQL has ${formatBytes(postgresBytes)} on disk.`),
  ];
}
