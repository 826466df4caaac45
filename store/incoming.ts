import {
  type Batch,
  BatchFormatError,
  BatchVersionError,
  type Block,
  type DeadKind,
  decodeBatch,
  encodeBatch,
  type LetterHistory,
  replayedHistory,
  type StreamMessage,
} from '@overseer/shared';
import { type LoadedMessage, MessageSizeError, type RowEncoder } from '@overseer/wasm';
import { beyondLimits } from './block-limits.ts';
import { selectRows } from './block-rows.ts';
import type { BlockToPark, ParkedBlock } from './parking/parked-rows.ts';
import type { DeadBlock } from './plan.ts';

/** A block of a message of the stream, loaded into the encoder. */
export interface Incoming {
  readonly sequence: number;
  /** Position of the block in its batch. */
  readonly index: number;
  readonly installation: string;
  readonly message: LoadedMessage;
  readonly block: Block;
  /** Of a block that was a dead letter before. */
  readonly history?: LetterHistory | undefined;
}

/** Reads messages; what is no batch, or not of this installation, goes to `dead`. */
export function readMessages(
  messages: readonly StreamMessage[],
  installation: string,
  encoder: RowEncoder,
  dead: DeadBlock[],
): Incoming[] {
  return messages.flatMap(({ sequence, payload, headers }) => {
    const history = replayedHistory(headers);
    let batch: Batch;
    let message: LoadedMessage;
    try {
      batch = decodeBatch(payload);
      message = load(encoder, payload);
    } catch (error) {
      const kind = kindOf(error);
      if (!kind) throw error;
      const letter = { kind, error: String(error), rows: 0, payload, sequence, block: 0, part: '' };
      dead.push({ ...letter, history });
      return [];
    }
    const incoming = batch.blocks.map((block, index) => ({
      sequence,
      index,
      installation: batch.installation,
      message,
      block,
      history,
    }));
    if (batch.installation === installation) {
      return incoming.filter((part) => isWithinLimits(part, dead));
    }
    const error = `made for the installation ${batch.installation}, this is ${installation}`;
    for (const part of incoming) dead.push(bury(part, 'installation', error));
    return [];
  });
}

/** Blocks that were parked: they have passed every check of `readMessages`, maybe those of an older release. */
export function readParkedBlocks(
  blocks: readonly ParkedBlock[],
  encoder: RowEncoder,
  dead: DeadBlock[],
): Incoming[] {
  return blocks.flatMap(({ sequence, block: index, payload, history }) => {
    try {
      const {
        installation,
        blocks: [block],
      } = decodeBatch(payload);
      if (!block) throw new BatchFormatError('no block');
      const message = load(encoder, payload);
      return { sequence, index, installation, message, block, history };
    } catch (error) {
      const kind = kindOf(error);
      if (!kind) throw error;
      const where = { sequence, block: index, part: '' };
      const letter = { kind, error: String(error), rows: 0, payload, ...where };
      dead.push({ ...letter, history });
      return [];
    }
  });
}

/** The block alone, to be stored later. */
export function blockToPark(incoming: Incoming): BlockToPark {
  const { installation, block, sequence, index, history } = incoming;
  const { database, measurement } = block;
  const payload = encodeBatch({ installation, blocks: [block] });
  return { database, measurement, sequence, block: index, rows: block.rows, payload, history };
}

/** A block that is beyond a limit goes to `dead`. */
function isWithinLimits(part: Incoming, dead: DeadBlock[]): boolean {
  const problem = beyondLimits(part.block);
  if (problem === undefined) return true;
  dead.push(bury(part, 'limit', problem));
  return false;
}

/** The block alone, as a dead letter. */
export function bury(incoming: Incoming, kind: DeadKind, error: string, part = ''): DeadBlock {
  const { installation, block, sequence, index, history } = incoming;
  return {
    kind,
    error,
    rows: block.rows,
    payload: encodeBatch({ installation, blocks: [block] }),
    sequence,
    block: index,
    part,
    history,
  };
}

/** Some rows of the block, as a dead letter. */
export function buryRows(
  incoming: Incoming,
  rows: readonly number[],
  kind: DeadKind,
  error: string,
  part: string,
): DeadBlock {
  return bury({ ...incoming, block: selectRows(incoming.block, rows) }, kind, error, part);
}

/** Some rows of a block as a block of its own, loaded beside it. */
export function takeRows(
  incoming: Incoming,
  rows: readonly number[],
  encoder: RowEncoder,
): Incoming {
  const { installation } = incoming;
  const payload = encodeBatch({ installation, blocks: [selectRows(incoming.block, rows)] });
  const [block] = decodeBatch(payload).blocks;
  if (!block) throw new Error('a batch of one block has no block');
  return { ...incoming, block, message: load(encoder, payload) };
}

function load(encoder: RowEncoder, payload: Uint8Array): LoadedMessage {
  const message = encoder.load(payload);
  if (!message) throw new Error('a group of messages is larger than the encoder’s room for them');
  return message;
}

/** How a message that can't be read goes to the dead letters; undefined for a bug. */
function kindOf(error: unknown): DeadKind | undefined {
  if (error instanceof BatchVersionError) return 'version';
  if (error instanceof BatchFormatError) return 'unreadable';
  return error instanceof MessageSizeError ? 'limit' : undefined;
}
