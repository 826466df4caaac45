import type { Labels } from '@overseer/shared/queries';
import { hashLabels } from '../labels.ts';

/**
 * A series has the same colour wherever it appears, whatever else is drawn: it comes from its labels. Each theme has
 * its own tones of the same hues, chosen so that every line stands out from the background by 3:1 at least (WCAG 1.4.11).
 */

const HUE_COUNT = 45;
const TONE_COUNT = 2;
const PALETTE_SIZE = HUE_COUNT * TONE_COUNT;

/** From one number to the next: the golden angle, 136°, which keeps any few that follow each other apart. */
const HUE_STRIDE = 17;
/** Then the hues come close to those before, and the other tone tells them apart. */
const NUMBERS_PER_TONE = 8;
/** Of a longer number, such as a port or an address, the last ones tell the most. */
const NUMBER_DIGITS = 6;

interface Tone {
  /** Of OKLCH, 0 to 1. */
  readonly lightness: number;
  readonly chroma: number;
}

const TONES: Readonly<Record<'dark' | 'light', readonly Tone[]>> = {
  dark: [
    { lightness: 0.8, chroma: 0.14 },
    { lightness: 0.68, chroma: 0.17 },
  ],
  light: [
    { lightness: 0.6, chroma: 0.17 },
    { lightness: 0.47, chroma: 0.15 },
  ],
};

/** Every colour a series can have, as `#rrggbb`. */
export const PALETTES: Readonly<Record<'dark' | 'light', readonly string[]>> = {
  dark: makePalette(TONES.dark),
  light: makePalette(TONES.light),
};

/** @param index what `colourIndex` gives for a series */
export function colourOf(index: number, isDark: boolean): string {
  const palette = isDark ? PALETTES.dark : PALETTES.light;
  return palette[index] ?? '#808080';
}

/**
 * The colour of a series, in either theme's palette. Series that only differ in a number, as the processors and disks of a machine
 * do, are as far apart as they can be; others are where chance puts them.
 */
export function colourIndex(labels: Labels): number {
  let number = 0;
  const masked = Object.entries(labels).map(([name, value]) => {
    const text = value.replace(/\d+/g, (digits) => {
      number = (number + Number(digits.slice(-NUMBER_DIGITS))) % PALETTE_SIZE;
      return '#';
    });
    return [name, text];
  });
  const hash = hashLabels(Object.fromEntries(masked));
  const hue = (hash + number * HUE_STRIDE) % HUE_COUNT;
  const tone = ((hash >>> 16) + Math.floor(number / NUMBERS_PER_TONE)) % TONE_COUNT;
  return tone * HUE_COUNT + hue;
}

function makePalette(tones: readonly Tone[]): string[] {
  return tones.flatMap(({ lightness, chroma }) =>
    Array.from({ length: HUE_COUNT }, (_, index) =>
      toHex(inGamut(lightness, chroma, (index * 360) / HUE_COUNT)),
    ),
  );
}

type Rgb = readonly [red: number, green: number, blue: number];

/** The most colourful that a screen can show of that lightness and hue, up to the chroma. */
function inGamut(lightness: number, chroma: number, hue: number): Rgb {
  let possible = chroma;
  let rgb = oklchToLinear(lightness, possible, hue);
  while (rgb.some((channel) => channel < 0 || channel > 1) && possible > 0) {
    possible = Math.max(0, possible - 0.005);
    rgb = oklchToLinear(lightness, possible, hue);
  }
  return rgb;
}

/** Björn Ottosson's OKLab, as CSS Color 4 has it; linear sRGB from 0 to 1, beyond that no screen can show it. */
function oklchToLinear(lightness: number, chroma: number, hue: number): Rgb {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
}

function toHex(linear: Rgb): string {
  const bytes = linear.map((channel) => {
    const encoded = channel <= 0.0031308 ? 12.92 * channel : 1.055 * channel ** (1 / 2.4) - 0.055;
    return Math.round(Math.min(1, Math.max(0, encoded)) * 255);
  });
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
