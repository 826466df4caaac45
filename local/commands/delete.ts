/** `overseer delete`: points by tags and time, a measurement, or a database. */
import { parseArgs } from 'node:util';
import type {
  Bus,
  CountEnd,
  DeleteEnd,
  DeleteProgress,
  DropEnd,
  DropQuestion,
  PointsQuestion,
} from '@overseer/shared';
import { Progress } from '../terminal/progress.ts';
import { formatCount, formatCounted, formatTimeNs } from '../terminal/units.ts';
import { askStore, NATS_OPTION, NATS_USAGE, withBus } from './bus.ts';
import type { Command } from './command.ts';
import { obtainConsent } from './consent.ts';
import { EXIT } from './failure.ts';
import { joinTimes, POINTS_OPTIONS, POINTS_USAGE, readPoints } from './points-options.ts';

export const deleteCommand: Command = {
  summary: 'delete points, series, a measurement or a database',
  usage: `overseer delete --db <database> [--measurement <name>] [--where <condition>]...
    [--from <time>] [--to <time>] [--yes] [--json]

Deletes what was acknowledged before the command, and can't be undone:
- without conditions and times, the measurement or the database, with its fields and their types
- with conditions alone, whole series
- with times, points

${POINTS_USAGE}
--yes                 don't ask; needed where there is no terminal to ask on
--json                prints what was deleted as JSON
${NATS_USAGE}

  overseer delete --db demo --measurement room --where name=kitchen --to -30d
  overseer delete --db demo --yes`,

  async run(args, { signal }) {
    const { points, isSure, asJson, natsUrl } = parse(args);
    return withBus(natsUrl, async (bus) => {
      if (!isSure) await makeSure(bus, points, signal);
      const text = isWhole(points)
        ? await drop(bus, points, signal, asJson)
        : await deletePoints(bus, points, signal, asJson);
      console.log(text);
      return EXIT.done;
    });
  },
};

/** @throws UsageError */
function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: joinTimes(args),
    options: {
      ...POINTS_OPTIONS,
      ...NATS_OPTION,
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    points: readPoints(values),
    isSure: values.yes,
    asJson: values.json,
    natsUrl: values.nats,
  };
}

/** Whether all of a measurement or database is meant: then the very name goes. */
const isWhole = ({ tags, startNs, endNs }: PointsQuestion) =>
  tags.length === 0 && startNs === undefined && endNs === undefined;

/** @throws UsageError, CommandError when it is not to be */
async function makeSure(bus: Bus, points: PointsQuestion, signal: AbortSignal): Promise<void> {
  const { measurements, series } = await askStore<CountEnd>(bus, 'count', points, { signal });
  const what = isWhole(points)
    ? 'Everything'
    : `${timesOf(points)} of series that meet the conditions`;
  const question =
    `${what} in ${nameOf(points)} will be deleted: ` +
    `${formatCount(series)} series of ${formatCounted(measurements, 'measurement')}.`;
  await obtainConsent(question, 'deleted', signal);
}

function timesOf({ startNs, endNs }: PointsQuestion): string {
  if (startNs === undefined && endNs === undefined) return 'All points';
  const from = startNs === undefined ? '' : ` from ${formatTimeNs(startNs)}`;
  const to = endNs === undefined ? '' : ` before ${formatTimeNs(endNs)}`;
  return `Points${from}${to}`;
}

function nameOf({ db, measurement }: DropQuestion): string {
  return measurement === undefined
    ? `the database "${db}"`
    : `the measurement "${measurement}" of the database "${db}"`;
}

async function drop(
  bus: Bus,
  { db, measurement }: DropQuestion,
  signal: AbortSignal,
  asJson: boolean,
): Promise<string> {
  const question: DropQuestion = { db, ...(measurement !== undefined && { measurement }) };
  const end = await askStore<DropEnd>(bus, 'drop', question, { signal });
  if (asJson) return JSON.stringify(end);
  if (!end.found) return `There is nothing to delete: ${nameOf(question)} does not exist.`;
  return `Deleted ${nameOf(question)}: ${formatCounted(end.measurements, 'measurement')}, ${formatCount(end.series)} series.`;
}

async function deletePoints(
  bus: Bus,
  points: PointsQuestion,
  signal: AbortSignal,
  asJson: boolean,
): Promise<string> {
  using progress = new Progress({
    label: 'delete',
    format: (rows) => formatCounted(rows, 'point'),
  });
  const end = await askStore<DeleteEnd, DeleteProgress>(bus, 'delete', points, {
    signal,
    onPart: ({ rows, partitionsDone, partitions }) =>
      progress.update(rows, `${partitionsDone} of ${partitions} time partitions`),
  });
  if (asJson) return JSON.stringify(end);
  const series = end.series > 0 ? `, ${formatCount(end.series)} series altogether` : '';
  return `Deleted ${formatCounted(end.rows, 'point')}${series}.`;
}
