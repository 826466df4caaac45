import type { UnitName } from '../../model/panel-spec.ts';

/** How a unit is written: one suffix for each size, as long as people would not rather read minutes and seconds. */
export interface UnitSizes {
  /** From small to large. */
  readonly sizes: readonly UnitSize[];
  /** Behind a zero. */
  readonly zeroSuffix: string;
  /** What ticks are multiples of, in its own sizes: of 2 or of 10, or of parts of an hour. */
  readonly ticks: 'decimal' | 'binary' | 'time';
}

export interface UnitSize {
  readonly factor: number;
  /** With its space, where there is one. */
  readonly suffix: string;
  /** What the rest is told in: "5 min 12 s". */
  readonly rest?: UnitSize;
}

const size = (factor: number, suffix: string, rest?: UnitSize): UnitSize => ({
  factor,
  suffix,
  ...(rest && { rest }),
});

const plain = (factor: number, suffix: string): UnitSizes => ({
  sizes: [size(factor, suffix)],
  zeroSuffix: suffix,
  ticks: 'decimal',
});

const DECIMAL_PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_PREFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const decimal = (space: string, suffix: string): UnitSizes => ({
  sizes: DECIMAL_PREFIXES.map((prefix, power) => size(1000 ** power, space + prefix + suffix)),
  zeroSuffix: space + suffix,
  ticks: 'decimal',
});

const binary = (suffix: string): UnitSizes => ({
  sizes: BINARY_PREFIXES.map((prefix, power) => size(1024 ** power, ` ${prefix}${suffix}`)),
  zeroSuffix: ` ${suffix}`,
  ticks: 'binary',
});

/** @param secondFactor values that are one second */
function time(secondFactor: number): UnitSizes {
  const second = size(secondFactor, ' s');
  const minute = size(secondFactor * 60, ' min', second);
  const hour = size(secondFactor * 3600, ' h', minute);
  const day = size(secondFactor * 86_400, ' d', hour);
  const parts = [1e9, 1e6, 1e3].map((count, index) =>
    size(secondFactor / count, [' ns', ' µs', ' ms'][index] ?? ''),
  );
  return { sizes: [...parts, second, minute, hour, day], zeroSuffix: ' s', ticks: 'time' };
}

/** Of the units that have sizes: not of plain numbers, nor of dates. */
export const UNIT_SIZES: Readonly<Record<Exclude<UnitName, 'none' | 'date'>, UnitSizes>> = {
  percent: plain(1, ' %'),
  share: plain(0.01, ' %'),
  bytes: binary('B'),
  'bytes/s': binary('B/s'),
  'bits/s': decimal(' ', 'bit/s'),
  seconds: time(1),
  milliseconds: time(1000),
  'per second': decimal('', '/s'),
  celsius: plain(1, ' °C'),
};

/** What a unit is called in a list. */
export const UNIT_WORDS: Readonly<Record<UnitName, string>> = {
  none: 'none',
  percent: 'percent, 0 to 100',
  share: 'percent, from 0 to 1',
  bytes: 'bytes',
  'bytes/s': 'bytes per second',
  'bits/s': 'bits per second',
  seconds: 'seconds',
  milliseconds: 'milliseconds',
  'per second': 'per second',
  date: 'date, seconds since 1970',
  celsius: 'degrees Celsius',
};
