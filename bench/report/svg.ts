/**
 * Pieces of the report's plots. A plot is a white card with dark ink, whatever the page around it is:
 * GitHub shows pictures in Markdown on light and dark pages alike, and tells them nothing of the theme.
 */

export const INK = '#24292f';
export const FAINT_INK = '#57606a';
const GRID = '#d8dee4';
const FONT = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif';
const RADIUS = 8;

/** Told apart by people who see few colours, too: each has a shape of its own besides. */
export const TONES = ['#0969da', '#bc4c00', '#8250df', '#1a7f37'] as const;
export const NEUTRAL = '#6e7781';

/** A picture with its description for those who don't see it. */
export function card(
  width: number,
  height: number,
  title: string,
  content: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family='${FONT}'>`,
    `<title>${escapeText(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="${RADIUS}" fill="#ffffff" stroke="${GRID}"/>`,
    ...content,
    '</svg>\n',
  ].join('\n');
}

export interface TextStyle {
  anchor?: 'start' | 'middle' | 'end';
  size?: number;
  color?: string;
  bold?: boolean;
}

export function text(x: number, y: number, value: string, style: TextStyle = {}): string {
  const { anchor = 'start', size = 12, color = INK, bold = false } = style;
  const weight = bold ? ' font-weight="600"' : '';
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" fill="${color}" text-anchor="${anchor}"${weight}>${escapeText(value)}</text>`;
}

export function line(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  color: string = GRID,
  width = 1,
): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${color}" stroke-width="${width}"/>`;
}

/** A point of a series: circle, square, diamond or triangle, by the series' number. */
export function mark(x: number, y: number, tone: number | undefined): string {
  const [cx, cy] = [round(x), round(y)];
  const color = colorOf(tone);
  switch (tone) {
    case undefined:
      return `<circle cx="${cx}" cy="${cy}" r="4" fill="#ffffff" stroke="${color}" stroke-width="2"/>`;
    case 0:
      return `<circle cx="${cx}" cy="${cy}" r="4.5" fill="${color}"/>`;
    case 1:
      return `<rect x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8" fill="${color}"/>`;
    case 2:
      return `<path d="M${cx} ${round(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z" fill="${color}"/>`;
    default:
      return `<path d="M${cx} ${round(y - 5)}l5 9h-10z" fill="${color}"/>`;
  }
}

/** Of the n-th series; of nobody's without a number. */
export function colorOf(tone: number | undefined): string {
  return tone === undefined ? NEUTRAL : (TONES[tone % TONES.length] as string);
}

export function escapeText(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Tenths of a pixel: no one sees more, and equal results make equal files. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
