/** Colours of cells, from few to many: the page's tokens, and what lies between them. */

/** Tokens, from few to many. */
export const HEAT_TOKENS = ['--heat-1', '--heat-2', '--heat-3', '--heat-4', '--heat-5'] as const;
/** More can't be told apart. */
const COLOURS = 48;

type Rgb = readonly [red: number, green: number, blue: number];

/** @param stops as browsers tell computed colours: `rgb(1, 2, 3)` */
export function heatColours(stops: readonly string[]): string[] {
  const colours = stops.map(parseRgb);
  return Array.from({ length: COLOURS }, (_, index) => {
    const place = (index / (COLOURS - 1)) * (colours.length - 1);
    const from = Math.min(Math.floor(place), colours.length - 2);
    return mix(colours[from], colours[from + 1], place - from);
  });
}

/** Where a count is among the colours, from 0 to 1: by its root, or few would look like none beside many. */
export function heatOf(count: number, largest: number): number {
  return largest > 0 ? Math.sqrt(Math.min(1, count / largest)) : 0;
}

/** The count that looks like that; `heatOf` the other way round. */
export function countOf(heat: number, largest: number): number {
  return heat * heat * largest;
}

function parseRgb(text: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (text.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
  return [red, green, blue];
}

function mix(from: Rgb = [0, 0, 0], to: Rgb = from, share: number): string {
  const channels = from.map((channel, index) =>
    Math.round(channel + ((to[index] ?? channel) - channel) * share),
  );
  return `rgb(${channels.join(', ')})`;
}
