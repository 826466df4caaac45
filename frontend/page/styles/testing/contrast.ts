import { readFileSync } from 'node:fs';

export interface ThemedColour {
  readonly light: string;
  readonly dark: string;
}

/** The colours of a style sheet's custom properties that are written `light-dark(#…, #…)`. */
export function readTokens(path: string): Map<string, ThemedColour> {
  const pattern = /(--[\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g;
  const found = [...readFileSync(path, 'utf8').matchAll(pattern)];
  return new Map(
    found.map(([, name = '', light = '', dark = '']) => [name, { light, dark }] as const),
  );
}

/** As WCAG 2 defines it, 1 to 21, for two colours `#rrggbb`. */
export function contrast(one: string, other: string): number {
  const [brighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (brighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const encoded = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
