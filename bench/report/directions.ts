/** Ends of figures' names of which more is better, and of which less is. */
const MORE_IS_BETTER = ['PerSecond'];
const LESS_IS_BETTER = [
  'Ms',
  'Seconds',
  'MiB',
  'Bytes',
  'BytesPerValue',
  'PerMillionLines',
  'PerMillionRows',
  'Cores',
  'LinesLost',
  'retries',
];

/**
 * Whether more of a figure is better, by the unit that its name ends in.
 * @throws RangeError when the unit is none of those above: nobody could say who wins.
 */
export function isMoreBetter(figure: string): boolean {
  const endsIn = (unit: string) => figure.toLowerCase().endsWith(unit.toLowerCase());
  if (MORE_IS_BETTER.some(endsIn)) return true;
  if (LESS_IS_BETTER.some(endsIn)) return false;
  throw new RangeError(
    `whether more or less of "${figure}" is better is not known: ` +
      'let its name end in one of the units of bench/report/directions.ts, or add its unit there',
  );
}
