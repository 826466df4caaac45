/** `overseer export`: points as line protocol or CSV. */
import { parseArgs } from 'node:util';
import type { ExportEnd, ExportFormat, ExportPart, ExportQuestion } from '@overseer/shared';
import { DataOutput, OutputClosedError } from '../terminal/data-output.ts';
import { Progress } from '../terminal/progress.ts';
import { formatBytes, formatCounted, formatDurationMs } from '../terminal/units.ts';
import { askStore, NATS_OPTION, NATS_USAGE, withBus } from './bus.ts';
import { type Command, UsageError } from './command.ts';
import { EXIT } from './failure.ts';
import { checkNewFile } from './new-file.ts';
import { joinTimes, POINTS_OPTIONS, POINTS_USAGE, readPoints } from './points-options.ts';

const FORMATS: readonly ExportFormat[] = ['line-protocol', 'csv'];

export const exportCommand: Command = {
  summary: 'write points as line protocol or CSV',
  usage: `overseer export --db <database> [--measurement <name>] [--where <condition>]...
    [--from <time>] [--to <time>] [--format line-protocol|csv] [--output <file>]

Writes points to standard output or to a file, by measurement, time partition, series and time. What
was stored before the command is all there. Line protocol has nanoseconds and can be imported again
with "overseer import"; CSV is of one measurement, with a column for the time, each tag and each field.

${POINTS_USAGE}
--format <format>     line-protocol, which is the default, or csv
--output <file>       otherwise standard output; compressed when it ends in .gz. The file has its name
                      when it is whole
${NATS_USAGE}

  overseer export --db demo --output demo.lp.gz
  overseer export --db demo --measurement room --where 'name=~kit.*' --from -1d --format csv`,

  async run(args, { signal }) {
    const { question, natsUrl, output } = parse(args);
    if (output !== undefined) checkNewFile(output);
    try {
      await withBus(natsUrl, async (bus) => {
        const startedAt = performance.now();
        await using file = new DataOutput(output, signal);
        using progress = new Progress({ label: `export ${question.db}`, format: formatRows });
        let rows = 0;
        let bytes = 0;
        const end = await askStore<ExportEnd, ExportPart>(bus, 'export', question, {
          signal,
          onPart: async (part) => {
            rows += part.rows;
            bytes += part.text.length;
            await file.write(part.text);
            progress.update(rows, formatBytes(bytes));
          },
        });
        await file.finish();
        if (output === undefined) return;
        const took = formatDurationMs(performance.now() - startedAt);
        progress.say(`${formatRows(end.rows)}, ${formatBytes(bytes)} to ${output} in ${took}`);
      });
    } catch (error) {
      if (!(error instanceof OutputClosedError)) throw error;
    }
    return EXIT.done;
  },
};

const formatRows = (rows: number) => formatCounted(rows, 'point');

/** @throws UsageError */
function parse(args: readonly string[]) {
  const { values } = parseArgs({
    args: joinTimes(args),
    options: {
      ...POINTS_OPTIONS,
      ...NATS_OPTION,
      format: { type: 'string', default: 'line-protocol' },
      output: { type: 'string' },
    },
  });
  const format = FORMATS.find((each) => each === values.format);
  if (!format) throw new UsageError(`--format ${values.format} is neither line-protocol nor csv.`);
  const points = readPoints(values);
  if (format === 'csv' && points.measurement === undefined) {
    throw new UsageError('CSV has the columns of one measurement: say which with --measurement.');
  }
  const question: ExportQuestion = { ...points, format };
  return { question, natsUrl: values.nats, output: values.output };
}
