import type { RatioResult } from '../results.ts';
import { isMoreBetter } from './directions.ts';

/** What a ratio says, read so that more than 1 is good for the first of the two. */
export interface Verdict {
  /** What both have in common in their names: the load, the query. */
  row: string;
  figure: string;
  /** The two that are compared, without what they have in common. */
  first: string;
  second: string;
  /** How many times better the first is; below 1 when it is worse. */
  advantage: { median: number; min: number; max: number };
  /** Undefined when rounds disagree about who is better, and when it is no contest. */
  winner: string | undefined;
  /** False of one thing under two conditions. */
  isContest: boolean;
  /** How many had to agree. */
  rounds: number;
}

/** Reads a ratio: every round must agree about who is better, or nobody wins. */
export function verdictOf({ figure, of, to, ratio, isOfConditions }: RatioResult): Verdict {
  const { row, first, second } = splitNames(of, to);
  const { median, min, max } = ratio;
  const advantage = isMoreBetter(figure)
    ? { median, min, max }
    : { median: 1 / median, min: 1 / max, max: 1 / min };
  const isContest = isOfConditions !== true;
  const winner = isContest ? winnerOf(advantage, first, second) : undefined;
  const rounds = ratio.samples.length;
  return { row, figure, first, second, advantage, winner, isContest, rounds };
}

function winnerOf({ min, max }: Verdict['advantage'], first: string, second: string) {
  if (min > 1) return first;
  return max < 1 ? second : undefined;
}

const SEPARATOR = /: |, /;

/** Names are lists such as `integers: overseer`: what begins or ends both alike is the row. */
function splitNames(of: string, to: string): { row: string; first: string; second: string } {
  const [a, b] = [of.split(SEPARATOR), to.split(SEPARATOR)];
  const common: string[] = [];
  const ending: string[] = [];
  while (a.length > 1 && b.length > 1 && a[0] === b[0]) {
    common.push(a.shift() as string);
    b.shift();
  }
  while (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-1)) {
    ending.unshift(a.pop() as string);
    b.pop();
  }
  return { row: [...common, ...ending].join(', '), first: a.join(', '), second: b.join(', ') };
}

/** How often each of a pair was better at a figure. */
export interface Score {
  first: string;
  second: string;
  figure: string;
  firstWins: number;
  secondWins: number;
  undecided: number;
}

/** Counts contests by pair and figure, in the order in which they come. */
export function scoresOf(verdicts: readonly Verdict[]): Score[] {
  const scores = new Map<string, Score>();
  for (const { first, second, figure, winner, isContest } of verdicts) {
    if (!isContest) continue;
    const key = JSON.stringify([first, second, figure]);
    const score = scores.get(key) ?? {
      first,
      second,
      figure,
      firstWins: 0,
      secondWins: 0,
      undecided: 0,
    };
    if (winner === undefined) score.undecided++;
    else if (winner === first) score.firstWins++;
    else score.secondWins++;
    scores.set(key, score);
  }
  return [...scores.values()];
}
