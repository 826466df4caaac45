/**
 * Partitions, each with the memory of its open blocks: an arena that only fills and is emptied as a whole when the blocks were
 * taken. So nothing in it is ever freed singly, and no block outlives its partition's turn.
 */
import { HashTable } from './hash-table';
import { LIMIT_BLOCKS, LIMIT_LINE_BYTES, LIMIT_OPEN_BYTES } from './layout';
import { limit } from './limits';
import { reserve } from './memory';

/**
 *     0       4      8       12    16              24     28      32      36        40    44       48       64
 *     ├ bytes ┼ rows ┼ epoch ┼ ··· ┼ firstSequence ┼ base ┼ top   ┼ limit ┼ first   ┼ last ┼ blocks ┼ byShape ┤
 *       u32     u32    u32           u64             u32 …
 */
@unmanaged
export class Partition {
  /** What its blocks come to when encoded, never less than the truth. */
  bytes: u32;
  rows: u32;
  /** Counts how often it was emptied. */
  epoch: u32;
  unused: u32;
  /** Blocks with a lower sequence are gone. */
  firstSequence: u64;
  arena: usize;
  arenaTop: usize;
  arenaEnd: usize;
  /** Its blocks in the order in which they were opened. */
  firstBlock: usize;
  lastBlock: usize;
  blockCount: u32;
  blocksByShape: HashTable;
}
const PARTITION_BYTES: u32 = 64;

/**
 * Columns double when they are full and leave their old memory behind, so an arena must hold four times the rows' bytes, which
 * are at most the target and one longest line; and a first line of very many fields, whose columns start with room for more.
 */
const ARENA_FACTOR: u32 = 4;
const ARENA_LINE_FACTOR: u32 = 8;
const ARENA_BYTES_MIN: u32 = 262_144;

/** A partition's number is the highest bits of a series id. */
let partitionShift: u64 = 63;
let partitionMask: u32 = 0;
export let partitionCount: u32 = 0;

let partitionsAt: usize = 0;
let tablesAt: usize = 0;

/** Counts the blocks that were ever opened. */
let sequences: u64 = 0;

/** @param count a power of two */
export function reservePartitions(count: u32): void {
  partitionCount = count;
  partitionMask = count - 1;
  partitionShift = count == 1 ? 63 : <u64>(64 - ctz(count));
  partitionsAt = reserve(count * PARTITION_BYTES);
  tablesAt = reserve(count * offsetof<HashTable>());
  const arenaBytes = ARENA_BYTES_MIN + limit(LIMIT_OPEN_BYTES) * ARENA_FACTOR + limit(LIMIT_LINE_BYTES) * ARENA_LINE_FACTOR;
  for (let i: u32 = 0; i < count; i++) {
    const partition = partitionAt(i);
    partition.arena = reserve(arenaBytes);
    partition.arenaEnd = partition.arena + arenaBytes;
    partition.arenaTop = partition.arena;
    partition.epoch = 1;
    partition.firstSequence = 1;
    partition.blocksByShape = changetype<HashTable>(tablesAt + i * offsetof<HashTable>());
    partition.blocksByShape.reserveSlots(limit(LIMIT_BLOCKS));
  }
}

// @ts-ignore: decorator
@inline
export function partitionAt(number: u32): Partition {
  return changetype<Partition>(partitionsAt + number * PARTITION_BYTES);
}

// @ts-ignore: decorator
@inline
export function partitionOf(id: u64): u32 {
  return <u32>(id >> partitionShift) & partitionMask;
}

export function nextSequence(): u64 {
  return ++sequences;
}

/** Memory in the partition's arena, aligned to 16 bytes, not zeroed. @returns 0 when it is full */
export function allocateIn(partition: Partition, bytes: usize): usize {
  const start = partition.arenaTop;
  const after = (<u64>start + bytes + 15) & ~15;
  if (after > <u64>partition.arenaEnd) return 0;
  partition.arenaTop = <usize>after;
  return start;
}

/** Forgets the blocks of the partition. */
export function emptyPartition(partition: Partition): void {
  partition.bytes = 0;
  partition.rows = 0;
  partition.epoch++;
  partition.firstSequence = sequences + 1;
  partition.arenaTop = partition.arena;
  partition.firstBlock = 0;
  partition.lastBlock = 0;
  partition.blockCount = 0;
  partition.blocksByShape.clear();
}

/** A partition with rows, or -1. */
export function partitionWithRows(): i32 {
  for (let i: u32 = 0; i < partitionCount; i++) {
    if (partitionAt(i).rows > 0) return i;
  }
  return -1;
}
