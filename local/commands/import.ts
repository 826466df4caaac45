/** `overseer import`: line protocol from files or standard input, through ingress. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BodySender, type RefusedLine } from '../import/body-sender.ts';
import { FileImport } from '../import/file-import.ts';
import { ImportJournal, type ImportProgress, type ImportTarget } from '../import/journal.ts';
import { TextSource } from '../import/text-source.ts';
import { readInstance } from '../instance-file.ts';
import { readLocalSettings } from '../settings.ts';
import { Progress } from '../terminal/progress.ts';
import { formatBytes, formatCount, formatCounted, formatDurationMs } from '../terminal/units.ts';
import {
  type Command,
  type CommandContext,
  CommandError,
  InterruptedError,
  UsageError,
} from './command.ts';
import { EXIT } from './failure.ts';

const PRECISIONS = ['ns', 'us', 'ms', 's', 'm', 'h', 'auto'] as const;
/** One that is under way costs ingress so much memory; larger ones were no faster. */
const BODY_BYTES = 4 * 2 ** 20;
const IN_FLIGHT_MAX = 16;
/** Refused lines that are shown of a file; all are counted. */
const REFUSED_SHOWN_MAX = 100;
const TEXT_SHOWN_LENGTH = 120;

interface ImportOptions {
  readonly names: readonly string[];
  readonly target: ImportTarget;
  readonly token: string | undefined;
  readonly inFlightMax: number;
  readonly isRestart: boolean;
  readonly stateFolder: string;
}

export const importCommand: Command = {
  summary: 'write line protocol from files or standard input',
  usage: `overseer import --db <database> [--precision <unit>] [--restart] <file>...|-

Sends line protocol, compressed by gzip or not, to ingress, in the order of the file. What ingress
refuses is told with its line and left out. While ingress is away or full, the import waits.

An import that was stopped, however that happened, goes on where it was when the same command is run
again; a file that was imported is not sent again until it changes. Lines without a timestamp get the
time of their arrival: sent again, they are other points.

--precision <unit>    of the timestamps: ns, which is the default, us, ms, s, m, h or auto
--restart             from the beginning, whatever was imported before
--in-flight <n>       requests at a time, 1 unless told, up to ${IN_FLIGHT_MAX}. With more than one, points that the file
                      has twice may end with the values of the first one
--url <url>           of ingress; otherwise INGRESS_URL, otherwise that of the instance running here
--token-file <file>   with a token that may write; otherwise OVERSEER_TOKEN, if that is set

  overseer import --db demo demo.lp.gz
  zcat points-*.gz | overseer import --db demo --precision s -

Exit code 1 when lines were refused.`,

  async run(args, context) {
    const options = parse(args);
    let refused = 0;
    for (const name of options.names) refused += await importOne(name, options, context);
    return refused === 0 ? EXIT.done : EXIT.failed;
  },
};

/** @returns how many lines were refused */
async function importOne(
  name: string,
  options: ImportOptions,
  { signal }: CommandContext,
): Promise<number> {
  const source = TextSource.open(name);
  const journal =
    source.stats && new ImportJournal(options.stateFolder, name, source.stats, options.target);
  if (options.isRestart) journal?.remove();
  const start = startOf(source, journal);
  if (start.isDone) {
    console.error(`${name}: was imported before; --restart imports it again.`);
    return 0;
  }
  using progress = new Progress({
    label: source.label,
    total: source.bytes,
    doneBefore: start.position.offset,
    format: formatBytes,
  });
  const refusals = new Refusals(source.label, progress);
  let waiting = '';
  const sender = new BodySender({
    target: options.target,
    token: options.token,
    signal,
    onWaiting: (reason) => {
      if (reason !== undefined && waiting === '') progress.say(`Waiting for ingress: ${reason}`);
      waiting = reason ?? '';
    },
  });
  const startedAt = performance.now();
  const run = new FileImport(
    {
      source,
      sender,
      journal,
      bodyBytes: BODY_BYTES,
      inFlightMax: options.inFlightMax,
      onProgress: ({ position }) =>
        progress.update(source.bytesRead, `line ${formatCount(position.line)}`),
      onRefused: (lines) => refusals.tell(lines),
    },
    start,
  );
  try {
    const end = await run.run();
    const bytes = end.position.offset - start.position.offset;
    const took = formatDurationMs(performance.now() - startedAt);
    progress.say(
      `${source.label}: ${formatBytes(bytes)} imported in ${took}${refusals.end(end.refused)}`,
    );
    return end.refused;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw interrupted(source, run.progress);
  }
}

function startOf(source: TextSource, journal: ImportJournal | undefined): ImportProgress {
  const earlier = journal?.read() ?? 'none';
  if (earlier === 'changed') {
    console.error(
      `${source.label}: has changed since an earlier import; starting at its beginning.`,
    );
  }
  if (typeof earlier === 'string') {
    return { position: { offset: 0, line: 1 }, refused: 0, isDone: false };
  }
  if (!earlier.isDone) {
    console.error(`${source.label}: going on at line ${formatCount(earlier.position.line)}.`);
  }
  return earlier;
}

function interrupted(source: TextSource, { position }: ImportProgress): InterruptedError {
  const where = `${source.label}: stopped at line ${formatCount(position.line)}.`;
  return new InterruptedError(
    source.stats ? `${where} Run the command again to go on from there.` : where,
  );
}

/** Tells of refused lines, not of all. */
class Refusals {
  #shown = 0;

  constructor(
    private readonly label: string,
    private readonly progress: Progress,
  ) {}

  tell(lines: readonly RefusedLine[]): void {
    for (const { line, message, text } of lines) {
      if (this.#shown++ >= REFUSED_SHOWN_MAX) return;
      this.progress.say(
        `${this.label}:${line}: ${message}\n    ${text.slice(0, TEXT_SHOWN_LENGTH)}`,
      );
    }
  }

  /** @param refused of all runs together */
  end(refused: number): string {
    if (refused === 0) return '';
    return `; ${formatCounted(refused, 'line')} ${refused === 1 ? 'was' : 'were'} refused`;
  }
}

/** @throws UsageError, CommandError */
function parse(args: readonly string[]): ImportOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      db: { type: 'string' },
      precision: { type: 'string', default: 'ns' },
      restart: { type: 'boolean', default: false },
      'in-flight': { type: 'string', default: '1' },
      url: { type: 'string' },
      'token-file': { type: 'string' },
    },
    allowPositionals: true,
  });
  if (!values.db) throw new UsageError('--db is missing: say into which database.');
  if (positionals.length === 0) throw new UsageError('Name the files, or - for standard input.');
  if (!PRECISIONS.some((precision) => precision === values.precision)) {
    throw new UsageError(
      `--precision is ${values.precision}; valid is one of ${PRECISIONS.join(', ')}.`,
    );
  }
  const inFlightMax = Number(values['in-flight']);
  if (!Number.isInteger(inFlightMax) || inFlightMax < 1 || inFlightMax > IN_FLIGHT_MAX) {
    throw new UsageError(`--in-flight is ${values['in-flight']}; valid is 1 to ${IN_FLIGHT_MAX}.`);
  }
  const { dataFolder } = readLocalSettings();
  return {
    names: positionals,
    target: {
      url: values.url ?? findIngress(dataFolder),
      database: values.db,
      precision: values.precision,
    },
    token: readToken(values['token-file']),
    inFlightMax,
    isRestart: values.restart,
    stateFolder: join(dataFolder, 'imports'),
  };
}

/** @throws UsageError */
function findIngress(dataFolder: string): string {
  const url = process.env.INGRESS_URL || readInstance(dataFolder)?.ingressUrl;
  if (url) return url;
  throw new UsageError(
    `No Overseer is running on ${dataFolder}. Start it with "npm start", or say where ingress is with --url or INGRESS_URL.`,
  );
}

/** @throws CommandError */
function readToken(file: string | undefined): string | undefined {
  if (file === undefined) return process.env.OVERSEER_TOKEN || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new CommandError(`Can't read the token in ${file}: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
