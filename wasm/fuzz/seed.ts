const SEED_MAX = 2 ** 31;

/** What random input of tests is made from: another number in every run, which is printed, unless FUZZ_SEED repeats one. */
export const FUZZ_SEED = readSeed(process.env.FUZZ_SEED);

/** @throws RangeError when it is none */
export function readSeed(text: string | undefined): number {
  if (text === undefined) return Math.floor(Math.random() * SEED_MAX);
  const seed = Number(text);
  if (!Number.isInteger(seed) || seed < 0 || seed >= SEED_MAX) {
    throw new RangeError(`the seed is ${text}; valid is a whole number from 0 to ${SEED_MAX - 1}`);
  }
  return seed;
}

const SECONDS_DEFAULT = 60;
const SECONDS_MAX = 86_400;

/**
 * How long tests fuzz, all together.
 * @throws RangeError when it is no time
 */
export function readFuzzSeconds(text: string | undefined): number {
  const seconds = Number(text ?? SECONDS_DEFAULT);
  if (!(seconds > 0 && seconds <= SECONDS_MAX)) {
    throw new RangeError(`FUZZ_SECONDS is ${text}; valid is up to ${SECONDS_MAX}, such as 60`);
  }
  return seconds;
}
