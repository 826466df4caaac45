/** `overseer dead`: blocks that could not be stored. */
import { parseArgs } from 'node:util';
import {
  AnswerError,
  type Bus,
  DEAD_STREAM,
  encodeSeriesIds,
  KNOWN_SERIES_MAX,
  type ReplayEnd,
  readLetters,
  type SeriesEnd,
  type StreamState,
} from '@overseer/shared';
import { Progress } from '../terminal/progress.ts';
import { formatCount, formatCounted } from '../terminal/units.ts';
import { askStore, NATS_OPTION, NATS_USAGE, withBus } from './bus.ts';
import { type Command, CommandError, UsageError } from './command.ts';
import { obtainConsent } from './consent.ts';
import { formatLetter, formatList, formatTags, lineOf, unnamedSeries } from './dead-text.ts';
import { EXIT } from './failure.ts';

const LISTED_DEFAULT = 100;
const ACTIONS = ['list', 'show', 'replay', 'drop'] as const;
type Action = (typeof ACTIONS)[number];

interface Call {
  readonly action: Action;
  readonly sequences: readonly number[];
  readonly isAll: boolean;
  readonly isSure: boolean;
  readonly asJson: boolean;
  readonly limit: number;
  readonly natsUrl: string | undefined;
}

export const dead: Command = {
  summary: 'look at what could not be stored, store it again, or give it up',
  usage: `overseer dead list [--limit <count>] [--json]
overseer dead show <letter> [--json]
overseer dead replay <letter>...|--all [--json]
overseer dead drop <letter>...|--all [--yes] [--json]

A block of points that can't be stored becomes a dead letter; nothing of it is lost until it is dropped.
A replay writes it again, now: where its points meet others of the same series and time, its fields win.
A letter that fails again comes back with one more try.

--limit <count>  letters to list, the oldest first; ${LISTED_DEFAULT} otherwise, with --json all
--all            every letter that is there now
--yes            don't ask before all are dropped; needed where there is no terminal to ask on
--json           prints JSON; of the list, an object a line
${NATS_USAGE}

  overseer dead list
  overseer dead show 17
  overseer dead replay --all`,

  async run(args, { signal }) {
    const call = parse(args);
    return withBus(call.natsUrl, async (bus) => {
      const stream = await bus.stream(DEAD_STREAM);
      if (!stream) {
        throw new CommandError(
          'There is no stream of dead letters yet: a store makes it when it starts.',
        );
      }
      switch (call.action) {
        case 'list':
          await list(bus, stream, call);
          break;
        case 'show':
          await show(bus, call, signal);
          break;
        case 'replay':
          await replay(bus, stream, call, signal);
          break;
        case 'drop':
          await drop(bus, stream, call, signal);
      }
      return EXIT.done;
    });
  },
};

/** @throws UsageError */
function parse(args: readonly string[]): Call {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      ...NATS_OPTION,
      all: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      limit: { type: 'string' },
    },
    allowPositionals: true,
  });
  const [name = 'list', ...numbers] = positionals;
  const action = ACTIONS.find((known) => known === name);
  if (!action) throw new UsageError(`There is no "dead ${name}"; there are ${ACTIONS.join(', ')}.`);
  const sequences = numbers.map((text) => numberOf(text, 'a letter, such as 17 of the list'));
  const isAll = values.all;
  const takesAll = action === 'replay' || action === 'drop';
  if (action === 'list' && sequences.length > 0)
    throw new UsageError('"dead list" takes no letters.');
  if (action === 'show' && sequences.length !== 1)
    throw new UsageError('Say which letter to show.');
  if (takesAll && isAll === sequences.length > 0) {
    throw new UsageError(`Say which letters to ${action}: their numbers, or --all.`);
  }
  const unlimited = values.json ? Number.POSITIVE_INFINITY : LISTED_DEFAULT;
  return {
    ...{ action, sequences, isAll },
    isSure: values.yes,
    asJson: values.json,
    limit: values.limit === undefined ? unlimited : numberOf(values.limit, 'a count'),
    natsUrl: values.nats,
  };
}

/** @throws UsageError */
function numberOf(text: string, what: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is not ${what}.`);
}

async function list(bus: Bus, stream: StreamState, { limit, asJson }: Call): Promise<void> {
  const lines = [];
  let isMore = false;
  for await (const letter of readLetters(bus, stream.firstSequence, stream.lastSequence)) {
    isMore = lines.length === limit;
    if (isMore) break;
    const line = lineOf(letter);
    if (asJson) console.log(JSON.stringify(line));
    lines.push(line);
  }
  if (!asJson) console.log(lines.length === 0 ? 'There are no dead letters.' : formatList(lines));
  if (isMore) console.error(`There are more than ${limit}; --limit shows more.`);
}

async function show(bus: Bus, { sequences, asJson }: Call, signal: AbortSignal): Promise<void> {
  const [sequence = 0] = sequences;
  for await (const letter of readLetters(bus, sequence, sequence)) {
    if (asJson) {
      const payload = Buffer.from(letter.payload).toString('base64');
      console.log(JSON.stringify({ ...lineOf(letter), payload }));
      return;
    }
    console.log(formatLetter(letter, await namesOf(bus, unnamedSeries(letter), signal)));
    return;
  }
  throw new CommandError(
    `There is no dead letter ${sequence}: "overseer dead list" shows those that are there.`,
  );
}

/** What the store knows of series; nothing, said on standard error, when it does not answer: the letter can be shown all the same. */
async function namesOf(
  bus: Bus,
  ids: readonly bigint[],
  signal: AbortSignal,
): Promise<Map<bigint, string>> {
  const names = new Map<bigint, string>();
  if (ids.length === 0) return names;
  const question = { ids: encodeSeriesIds(ids.slice(0, KNOWN_SERIES_MAX)) };
  try {
    const { series } = await askStore<SeriesEnd>(bus, 'series', question, { signal });
    for (const { id, tags } of series) {
      const pairs = Object.entries(tags).map(([key, value]) => ({ key, value }));
      names.set(BigInt(`0x${id}`), formatTags(pairs));
    }
  } catch (error) {
    if (!(error instanceof AnswerError && error.kind === 'unavailable')) throw error;
    console.error(`Names of series are missing: ${error.message}.`);
  }
  return names;
}

async function replay(
  bus: Bus,
  stream: StreamState,
  { sequences, isAll, asJson }: Call,
  signal: AbortSignal,
): Promise<void> {
  using progress = new Progress({
    label: 'replaying',
    total: isAll ? stream.lastSequence - stream.firstSequence + 1 : sequences.length,
    format: formatCount,
  });
  const end = await askStore<ReplayEnd, ReplayEnd>(bus, 'dead.replay', isAll ? {} : { sequences }, {
    signal,
    onPart: ({ replayed }) => progress.update(replayed),
  });
  if (asJson) console.log(JSON.stringify(end));
  else console.log(`Replayed ${formatCounted(end.replayed, 'dead letter')}.`);
}

async function drop(
  bus: Bus,
  stream: StreamState,
  { sequences, isAll, isSure, asJson }: Call,
  signal: AbortSignal,
): Promise<void> {
  if (isAll && !isSure) {
    await obtainConsent('The points of all dead letters will be lost.', 'dropped', signal);
  }
  let dropped = 0;
  if (isAll) {
    dropped = await bus.purgeBefore(DEAD_STREAM, stream.lastSequence + 1);
  } else {
    for (const sequence of sequences) {
      if (await bus.deleteMessage(DEAD_STREAM, sequence)) dropped++;
    }
  }
  if (asJson) console.log(JSON.stringify({ dropped }));
  else console.log(`Dropped ${formatCounted(dropped, 'dead letter')}.`);
}
