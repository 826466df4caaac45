import type { Bus } from './bus.ts';
import { DEAD_STREAM, deadSubject, encodeName } from './names.ts';
import type { StoredMessage } from './stored-message.ts';

/**
 * Letters of the stream DEAD: docs/contracts.md, "Dead letter". The payload is the block, alone in a batch, or the message as it came; what
 * happened to it is in headers.
 */

/** All subjects of the stream; what older stores wrote lies on `dead.<partition>`. */
export const DEAD_SUBJECTS = 'dead.>';

export const DEAD_KINDS = [
  'unreadable',
  'version',
  'installation',
  'type',
  'series',
  'collision',
  'limit',
  'postgres',
] as const;

/** Why a block could not be stored; docs/dead-letters.md says what to do about each. */
export type DeadKind = (typeof DEAD_KINDS)[number];

/** Which rows of which block a letter holds: two letters of one origin are the same letter. */
export interface LetterOrigin {
  /** `overseer-created` of POINTS. */
  readonly stream: string;
  readonly sequence: number;
  /** Position in its batch. */
  readonly block: number;
  /** Tells letters of one block and kind apart: some rows of it, or all (empty). */
  readonly part: string;
}

/** What happened to points before, when they are replayed. */
export interface LetterHistory {
  /** How often storing them has failed. */
  readonly tries: number;
  /** RFC 3339. */
  readonly firstSeen: string;
}

export interface DeadLetter extends LetterOrigin, LetterHistory {
  readonly kind: DeadKind;
  /** One line. */
  readonly error: string;
  /** RFC 3339. */
  readonly lastSeen: string;
}

const KIND = 'Overseer-Kind';
const ERROR = 'Overseer-Error';
const STREAM = 'Overseer-Stream';
const SEQUENCE = 'Overseer-Sequence';
const BLOCK = 'Overseer-Block';
const PART = 'Overseer-Part';
const ATTEMPTS = 'Overseer-Attempts';
const FIRST_SEEN = 'Overseer-First-Seen';
const LAST_SEEN = 'Overseer-Time';

/** A header is one line, and short. */
const ERROR_CHARACTERS_MAX = 500;

type Headers = Readonly<Record<string, string>>;

/** A subject of its own for each letter, so that the stream itself knows whether it has it. */
export function letterSubject(partition: number, kind: DeadKind, origin: LetterOrigin): string {
  const { stream, sequence, block, part } = origin;
  const identity = [stream, sequence, block, kind, part].join('/');
  return `${deadSubject(partition)}.${encodeName(identity)}`;
}

/** The partition of POINTS that a letter came from. @throws Error when this is no subject of a letter */
export function partitionOfLetter(subject: string): number {
  const partition = /^dead\.(\d{1,2})(?:\.|$)/.exec(subject)?.[1];
  if (partition === undefined) throw new Error(`"${subject}" is no subject of ${DEAD_STREAM}`);
  return Number(partition);
}

export function letterHeaders(letter: DeadLetter): Headers {
  return {
    [KIND]: letter.kind,
    [ERROR]: letter.error.replace(/\s+/g, ' ').slice(0, ERROR_CHARACTERS_MAX),
    [STREAM]: letter.stream,
    [SEQUENCE]: String(letter.sequence),
    [BLOCK]: String(letter.block),
    ...(letter.part && { [PART]: letter.part }),
    [ATTEMPTS]: String(letter.tries),
    [FIRST_SEEN]: letter.firstSeen,
    [LAST_SEEN]: letter.lastSeen,
  };
}

/** What the headers of a letter say; a letter of an older store was seen once, and does not name its part. */
export function readLetter(headers: Headers): DeadLetter {
  const lastSeen = headers[LAST_SEEN] ?? '';
  return {
    kind: DEAD_KINDS.find((kind) => kind === headers[KIND]) ?? 'unreadable',
    error: headers[ERROR] ?? '',
    stream: headers[STREAM] ?? '',
    sequence: countOf(headers[SEQUENCE]),
    block: countOf(headers[BLOCK]),
    part: headers[PART] ?? '',
    tries: Math.max(1, countOf(headers[ATTEMPTS])),
    firstSeen: headers[FIRST_SEEN] ?? lastSeen,
    lastSeen,
  };
}

/** Headers of a message of POINTS that was a letter before. */
export function replayHeaders({ tries, firstSeen }: LetterHistory): Headers {
  return { [ATTEMPTS]: String(tries), [FIRST_SEEN]: firstSeen };
}

/** What a message of POINTS was before; undefined for one that comes for the first time. */
export function replayedHistory(headers: Headers): LetterHistory | undefined {
  const tries = countOf(headers[ATTEMPTS]);
  return tries > 0 ? { tries, firstSeen: headers[FIRST_SEEN] ?? '' } : undefined;
}

/** The letters with sequences from `first` to `last`, in order. */
export async function* readLetters(
  bus: Bus,
  first: number,
  last: number,
): AsyncGenerator<StoredMessage, void, void> {
  for (let sequence = first; sequence <= last; ) {
    const letter = await bus.nextMessage(DEAD_STREAM, DEAD_SUBJECTS, sequence);
    if (!letter || letter.sequence > last) return;
    yield letter;
    sequence = letter.sequence + 1;
  }
}

function countOf(text: string | undefined): number {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : 0;
}
