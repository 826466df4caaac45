import type { Random } from '../parser-samples.ts';

/** Bodies stay this short: what is wrong shows in little, and the reference is slow. */
const BODY_BYTES_MAX = 700;
/** Most bodies that mutants are made of; a newer one takes the place of some older one. */
const POOL_MAX = 4000;
const MUTATIONS_MAX = 6;
const RANGE_BYTES_MAX = 40;

/** What the grammar is made of, and what stands at its edges. */
const TOKENS = [
  ...'\0\t\n\r "#+,-.0129=EeIituT\\_'.split(''),
  '\r\n',
  '\\ ',
  '\\,',
  '\\=',
  '\\"',
  '\\\\',
  '\\\n',
  '="',
  '" ',
  '",',
  ',,',
  '==',
  '  ',
  '1e400',
  '-0',
  '1e-400',
  '9007199254740993.00000000000000000001',
  '9223372036854775807i',
  '-9223372036854775808i',
  '9223372036854775808i',
  '18446744073709551615u',
  '18446744073709551616u',
  ' 9223372036854775807',
  ' -9223372036854775808',
  ' 1700000000123456789',
  ' 4999999999',
  ' 5000000000',
  ' 5000000000000',
  ' 5000000000000000',
  ',t=v',
  ',t=w',
  ',u=v',
  ',a\\ b=é',
  ',f=1',
  ',f=2i',
  ',g="a b"',
  ',g=t',
  ' f=1',
  ' 1\n',
  'm',
  'true',
  'FALSE',
  '0123456789abcdef',
  '00000000000000000000',
  '\ufeff',
  'é',
  '🎉',
].map((text) => Buffer.from(text));

/** Whole bytes of what UTF-8 does not allow. */
const BROKEN = [[0x80], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff]];

type Mutation = (body: Buffer, random: Random, pool: readonly Buffer[]) => Buffer;

/** Replaces the bytes from `start` on. */
function splice(body: Buffer, start: number, removed: number, inserted: Uint8Array): Buffer {
  return Buffer.concat([body.subarray(0, start), inserted, body.subarray(start + removed)]);
}

function place(body: Buffer, random: Random): number {
  return random.below(body.length + 1);
}

function range(body: Buffer, random: Random): Buffer {
  const start = place(body, random);
  return body.subarray(start, start + random.below(RANGE_BYTES_MAX));
}

const MUTATIONS: readonly Mutation[] = [
  function flipBit(body, random) {
    const at = place(body, random);
    return splice(body, at, 1, Buffer.of((body[at] ?? 0) ^ (1 << random.below(8))));
  },
  function setByte(body, random) {
    return splice(body, place(body, random), 1, Buffer.of(random.below(256)));
  },
  function insertToken(body, random) {
    return splice(body, place(body, random), 0, random.pick(TOKENS));
  },
  function replaceByToken(body, random) {
    return splice(body, place(body, random), 1 + random.below(4), random.pick(TOKENS));
  },
  function insertBroken(body, random) {
    return splice(body, place(body, random), random.below(2), Buffer.from(random.pick(BROKEN)));
  },
  function removeRange(body, random) {
    return splice(body, place(body, random), random.below(RANGE_BYTES_MAX), Buffer.alloc(0));
  },
  function repeatByte(body, random) {
    const at = place(body, random);
    return splice(body, at, 0, Buffer.alloc(1 + random.below(40), body[at] ?? 0x20));
  },
  function copyRange(body, random) {
    return splice(body, place(body, random), random.below(8), range(body, random));
  },
  function takeFromAnother(body, random, pool) {
    return splice(body, place(body, random), random.below(8), range(random.pick(pool), random));
  },
  function cutEnd(body, random) {
    return body.subarray(0, place(body, random));
  },
  function repeatLines(body, random) {
    const lines = body.toString('latin1').split('\n');
    const repeated = Array.from({ length: 1 + random.below(12) }, () => random.pick(lines));
    return Buffer.from(repeated.join('\n'), 'latin1');
  },
  function append(body, random, pool) {
    return Buffer.concat([body, Buffer.from('\n'), random.pick(pool)]);
  },
];

/** Makes bodies of others by changing a few bytes, copying, cutting and mixing; what brought something new is mutated further. */
export class ByteMutator {
  readonly #random: Random;
  readonly #pool: Buffer[];
  readonly #seen = new Set<string>();

  /** @param bodies to begin with; at least one */
  constructor(random: Random, bodies: readonly Uint8Array[]) {
    this.#random = random;
    this.#pool = bodies.filter((body) => body.length < BODY_BYTES_MAX).map((b) => Buffer.from(b));
  }

  next(): Buffer {
    const random = this.#random;
    let body = random.pick(this.#pool);
    for (let count = 1 + random.below(MUTATIONS_MAX); count > 0; count--) {
      body = random.pick(MUTATIONS)(body, random, this.#pool);
    }
    return body.subarray(0, BODY_BYTES_MAX);
  }

  /** Keeps a body for further mutants when what it came to is new. */
  learn(body: Buffer, outcome: string): void {
    if (this.#seen.has(outcome)) return;
    this.#seen.add(outcome);
    if (this.#pool.length < POOL_MAX) this.#pool.push(body);
    else this.#pool[this.#random.below(POOL_MAX)] = body;
  }
}
