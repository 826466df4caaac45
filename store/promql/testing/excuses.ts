import { KNOWN_DIFFERENCES, type KnownDifference } from './prometheus-differences.ts';

/** What a comparison leaves out of sight. */
export interface Leniency {
  /** How far two floats may differ, relative to the larger one. */
  readonly relativeDifferenceMax?: number;
  /** The metric of a series does not count. */
  readonly isWithoutNames?: boolean;
}

/** Whether a Prometheus of this version is older than the change. */
export function isExcuseFor(
  version: string,
  { changedIn }: { readonly changedIn?: string },
): boolean {
  return changedIn === undefined || Bun.semver.order(version, `${changedIn}.0`) < 0;
}

/** Compares strictly first: a known difference excuses only what does differ. */
export class Excuses {
  /** What is an excuse with this Prometheus. */
  readonly known: readonly KnownDifference[];

  /** @param version of the Prometheus that answers: what was changed in it or before is no excuse */
  constructor(version: string) {
    this.known = KNOWN_DIFFERENCES.filter((difference) => isExcuseFor(version, difference));
  }

  /**
   * @param names functions and operators of the question
   * @param compare one line for each difference of the answers
   * @returns the differences without an excuse
   */
  differences(names: readonly string[], compare: (leniency: Leniency) => string[]): string[] {
    const strict = compare({});
    if (strict.length === 0) return [];
    const excuses = this.known.filter(({ concerns }) => concerns?.(names));
    return isExcused(excuses, compare) ? [] : strict;
  }
}

function isExcused(
  excuses: readonly KnownDifference[],
  compare: (leniency: Leniency) => string[],
): boolean {
  const handlings = excuses.map(({ handling }) => handling);
  if (handlings.includes('not compared')) return true;
  const bounds = handlings.flatMap((handling) =>
    typeof handling === 'object' ? [handling.relativeDifferenceMax] : [],
  );
  const leniency = {
    isWithoutNames: handlings.includes('without names'),
    ...(bounds.length > 0 && { relativeDifferenceMax: Math.max(...bounds) }),
  };
  return compare(leniency).length === 0;
}
