import { Random } from '../random.ts';

const BYTES = 1 << 18;
const SEED = 7;
const TABLE_BITS = 12;

/**
 * Work that no change of the product touches, to measure kernels by: reads text byte by byte,
 * branches on what it finds, and counts words in a table, as parsers and encoders do. A machine that is
 * slow for a while, or busy, is so for this as well.
 */
export class Yardstick {
  readonly #text = makeText();
  readonly #counts = new Uint32Array(1 << TABLE_BITS);

  /** Goes over the text so many times. @returns what keeps the loop from being left out */
  measure(passes: number): number {
    let sum = 0;
    for (let pass = 0; pass < passes; pass++) sum += this.#scan();
    return sum;
  }

  #scan(): number {
    const [text, counts] = [this.#text, this.#counts];
    let hash = 0;
    let number = 0;
    let sum = 0;
    for (let at = 0; at < text.length; at++) {
      const byte = text[at] as number;
      if (byte >= 48 && byte <= 57) {
        number = (number * 10 + byte - 48) | 0;
      } else if (byte === 44 || byte === 10) {
        const slot = hash >>> (32 - TABLE_BITS);
        counts[slot] = (counts[slot] as number) + 1;
        sum = (sum + number) | 0;
        hash = 0;
        number = 0;
      } else {
        hash = Math.imul(hash ^ byte, 0x01000193);
      }
    }
    return sum;
  }
}

/** Words of letters and digits between commas, as long as those of line protocol. */
function makeText(): Uint8Array {
  const random = new Random(SEED);
  let text = '';
  while (text.length < BYTES) {
    const letters = Array.from({ length: 4 + random.below(10) }, () => 97 + random.below(26));
    text += `${String.fromCharCode(...letters)}=${random.below(10_000)},`;
  }
  return new TextEncoder().encode(text).subarray(0, BYTES);
}
